/** chmod of one file. */
import { file } from '../../inputs/files.mjs';

const MODE = 0o600;

function target(ctx) {
  const path = file(ctx, '');
  ctx.stock.chmodSync(path, 0o644);
  return { path, value: () => ctx.stock.statSync(path).mode & 0o777 };
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { path, value } = target(ctx);
  return { run: () => fs.chmod(path, MODE), value };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { path, value } = target(ctx);
  return { run: () => fs.chmodSync(path, MODE), value };
}
export { publicApi as public };
