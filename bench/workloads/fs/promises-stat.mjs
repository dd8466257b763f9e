/** stat of existing files, as a promise. */
import { files } from '../../inputs/files.mjs';
import { ascii } from '../../inputs/text.mjs';

const SIZE = 8;

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { kUsePromises } = fs;
  const paths = files(ctx, 64, ascii(1024));
  return { run: (i) => fs.stat(paths[i & 63], false, kUsePromises, true), value: (stats) => stats[SIZE] };
}

function publicApi(ctx) {
  const { promises } = ctx.module;
  const paths = files(ctx, 64, ascii(1024));
  return { run: (i) => promises.stat(paths[i & 63]), value: (stats) => stats.size };
}
export { publicApi as public };
