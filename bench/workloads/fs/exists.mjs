/** existsSync of a file that is there, or not. */
import { join } from 'node:path';
import { file } from '../../inputs/files.mjs';

function path(ctx) {
  return ctx.params.missing ? join(ctx.armDir, 'missing') : file(ctx, '');
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const name = path(ctx);
  return { run: () => fs.existsSync(name) };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const name = path(ctx);
  return { run: () => fs.existsSync(name) };
}
export { publicApi as public };
