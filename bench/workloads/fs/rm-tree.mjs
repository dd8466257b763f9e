/** rm of a tree, as a promise; `before` makes as many trees as the slice will remove. */
import { join } from 'node:path';
import { makeTree } from '../../inputs/trees.mjs';

/** Making a tree takes about as long as removing it. */
const MOST_OPERATIONS = 4;

function publicApi(ctx) {
  const { module: fs, stock, armDir } = ctx;
  const path = (i) => join(armDir, `doomed-${i}`);
  return {
    mostOperations: MOST_OPERATIONS,
    before(first, operations) {
      for (let i = first; i < first + operations; i++) makeTree(ctx, path(i), ctx.params.files);
    },
    run: (i) => fs.promises.rm(path(i), { recursive: true }).then(() => i),
    value: (i) => !stock.existsSync(path(i)),
  };
}
export { publicApi as public };
