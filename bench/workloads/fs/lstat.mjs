/** lstat of a symbolic link: the size is the length of its target. */
import { join } from 'node:path';

const SIZE = 8;

function link({ stock, armDir }) {
  const path = join(armDir, 'link');
  stock.symlinkSync('target-of-link', path);
  return path;
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const path = link(ctx);
  return { run: () => fs.lstat(path, false, undefined, true), value: (stats) => stats[SIZE] };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = link(ctx);
  return { run: () => fs.lstatSync(path), value: (stats) => stats.size };
}
export { publicApi as public };
