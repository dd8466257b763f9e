/** Seconds since the machine started: it never goes back. */

export function binding({ binding: os, stock }) {
  let last = stock.uptime();
  const ctx = {};
  return { run: () => last <= (last = os.getUptime(ctx)) };
}

function publicApi({ module: os, stock }) {
  let last = stock.uptime();
  return { run: () => last <= (last = os.uptime()) };
}
export { publicApi as public };
