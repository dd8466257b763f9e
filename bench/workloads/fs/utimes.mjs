/** utimes of one file. */
import { file } from '../../inputs/files.mjs';

const ACCESS = 1.5;
const MODIFICATION = 2.5;

function target(ctx) {
  const path = file(ctx, '');
  return { path, value: () => ctx.stock.statSync(path).mtimeMs };
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { path, value } = target(ctx);
  return { run: () => fs.utimes(path, ACCESS, MODIFICATION), value };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { path, value } = target(ctx);
  return { run: () => fs.utimesSync(path, ACCESS, MODIFICATION), value };
}
export { publicApi as public };
