/** Seconds since the machine started: it never goes back. */
import * as stock from 'node:os';

export function binding({ binding: os }) {
  let last = stock.uptime();
  const ctx = {};
  return { run: () => last <= (last = os.getUptime(ctx)) };
}

function publicApi({ module: os }) {
  let last = stock.uptime();
  return { run: () => last <= (last = os.uptime()) };
}
export { publicApi as public };
