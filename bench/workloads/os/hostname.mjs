/** The machine's name, compared with the host's own answer. */
import * as stock from 'node:os';

export function binding({ binding: os }) {
  const expected = stock.hostname();
  const ctx = {};
  return { run: () => os.getHostname(ctx) === expected };
}

function publicApi({ module: os }) {
  const expected = stock.hostname();
  return { run: () => os.hostname() === expected };
}
export { publicApi as public };
