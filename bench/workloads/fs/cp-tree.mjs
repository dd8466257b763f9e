/** cp of a tree to where nothing is, as a promise; `after` removes the copies. */
import { join } from 'node:path';
import { countIfTree, makeTree } from '../../inputs/trees.mjs';

/** Each leaves a tree behind until the slice ends. */
const MOST_OPERATIONS = 4;

function publicApi(ctx) {
  const { module: fs, stock, armDir } = ctx;
  const { files } = ctx.params;
  const source = join(armDir, 'source');
  const copies = join(armDir, 'copies');
  makeTree(ctx, source, files);
  return {
    mostOperations: MOST_OPERATIONS,
    before: () => stock.mkdirSync(copies, { recursive: true }),
    run(i) {
      const copy = join(copies, String(i));
      return fs.promises.cp(source, copy, { recursive: true }).then(() => copy);
    },
    value: (copy) => countIfTree(ctx, copy, files),
    after: () => stock.rmSync(copies, { recursive: true, force: true }),
  };
}
export { publicApi as public };
