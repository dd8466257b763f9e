/** Physical memory, compared with the host's own answer. */

export function binding({ binding: os, stock }) {
  const expected = stock.totalmem();
  return { run: () => os.getTotalMem() === expected };
}

function publicApi({ module: os, stock }) {
  const expected = stock.totalmem();
  return { run: () => os.totalmem() === expected };
}
export { publicApi as public };
