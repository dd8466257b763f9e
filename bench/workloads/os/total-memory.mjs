/** Physical memory, compared with the host's own answer. */
import * as stock from 'node:os';

export function binding({ binding: os }) {
  const expected = stock.totalmem();
  return { run: () => os.getTotalMem() === expected };
}

function publicApi({ module: os }) {
  const expected = stock.totalmem();
  return { run: () => os.totalmem() === expected };
}
export { publicApi as public };
