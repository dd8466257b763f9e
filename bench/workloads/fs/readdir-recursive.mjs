/** All names in a tree, as a promise. */
import { join } from 'node:path';
import { entriesOf, makeTree } from '../../inputs/trees.mjs';

function publicApi(ctx) {
  const { promises } = ctx.module;
  const root = join(ctx.armDir, 'tree');
  makeTree(ctx, root, ctx.params.files);
  return {
    run: () => promises.readdir(root, { recursive: true }),
    value: (names) => new Set(names).size === entriesOf(ctx.params.files) && names.length,
  };
}
export { publicApi as public };
