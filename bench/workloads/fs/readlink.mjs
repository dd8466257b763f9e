/** readlink of a short symbolic link. */
import { join } from 'node:path';

function link({ stock, armDir }) {
  const path = join(armDir, 'link');
  stock.symlinkSync('target', path);
  return path;
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const path = link(ctx);
  return { run: () => fs.readlink(path, 'utf8') };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = link(ctx);
  return { run: () => fs.readlinkSync(path) };
}
export { publicApi as public };
