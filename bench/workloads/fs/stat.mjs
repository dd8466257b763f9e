/** stat of a file that exists. */
import { ascii } from '../../inputs/text.mjs';
import { file } from '../../inputs/files.mjs';

/** Index of the size in what the binding answers. */
const SIZE = 8;

/** @param {object} ctx see bench/driver/arms.mjs, as for every workload */
export function binding(ctx) {
  const { binding: fs, params: { bigint } } = ctx;
  const path = file(ctx, ascii(1024));
  return { run: () => fs.stat(path, bigint, undefined, true), value: (stats) => Number(stats[SIZE]) };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = file(ctx, ascii(1024));
  return { run: () => fs.statSync(path), value: (stats) => stats.size };
}
export { publicApi as public };
