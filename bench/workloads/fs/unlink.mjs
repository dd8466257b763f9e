/** unlink of an empty file; `before` makes as many as the slice will remove. */
import { join } from 'node:path';

/** Making a file takes three times as long as removing it. */
const MOST_OPERATIONS = 2000;

function supply({ stock, armDir }) {
  let base = 0;
  let paths = [];
  return {
    path: (i) => paths[i - base],
    before(first, operations) {
      base = first;
      paths = Array.from({ length: operations }, (_, index) => join(armDir, `doomed-${String(index).padStart(6, '0')}`));
      for (const path of paths) stock.closeSync(stock.openSync(path, 'wx'));
    },
  };
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { path, before } = supply(ctx);
  return { mostOperations: MOST_OPERATIONS, before, run: (i) => fs.unlink(path(i)) === undefined };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { path, before } = supply(ctx);
  return { mostOperations: MOST_OPERATIONS, before, run: (i) => fs.unlinkSync(path(i)) === undefined };
}
export { publicApi as public };
