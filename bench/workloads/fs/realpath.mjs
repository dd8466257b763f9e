/** The binding's realpath (fs.realpathSync.native) through one symbolic link. */
import { basename, join } from 'node:path';
import { file } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { binding: fs, stock, armDir } = ctx;
  const path = join(armDir, 'link');
  stock.symlinkSync(file(ctx, ''), path);
  return { run: () => fs.realpath(path, 'utf8'), value: (real) => basename(real) };
}
