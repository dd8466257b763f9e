/** Available memory: some, and no more than there is. */
import * as stock from 'node:os';

export function binding({ binding: os }) {
  const total = stock.totalmem();
  return {
    run() {
      const free = os.getFreeMem();
      return free > 0 && free <= total;
    },
  };
}

function publicApi({ module: os }) {
  const total = stock.totalmem();
  return {
    run() {
      const free = os.freemem();
      return free > 0 && free <= total;
    },
  };
}
export { publicApi as public };
