/** The machine's name, compared with the host's own answer. */

export function binding({ binding: os, stock }) {
  const expected = stock.hostname();
  const ctx = {};
  return { run: () => os.getHostname(ctx) === expected };
}

function publicApi({ module: os, stock }) {
  const expected = stock.hostname();
  return { run: () => os.hostname() === expected };
}
export { publicApi as public };
