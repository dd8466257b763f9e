/** rename there and, next time, back. */
import { join } from 'node:path';
import { file } from '../../inputs/files.mjs';

function paths(ctx) {
  return [file(ctx, ''), join(ctx.armDir, 'other')];
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const names = paths(ctx);
  return { run: (i) => fs.rename(names[i & 1], names[(i & 1) ^ 1]) === undefined };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const names = paths(ctx);
  return { run: (i) => fs.renameSync(names[i & 1], names[(i & 1) ^ 1]) === undefined };
}
export { publicApi as public };
