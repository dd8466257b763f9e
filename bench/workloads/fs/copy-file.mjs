/** copyFile over a file that exists. */
import { join } from 'node:path';
import { file } from '../../inputs/files.mjs';

function copy(ctx) {
  const content = Buffer.alloc(ctx.params.size, 'some content that repeats itself, ');
  const to = join(ctx.armDir, 'copy');
  return { from: file(ctx, content), to, value: () => ctx.stock.readFileSync(to).equals(content) && content.length };
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { from, to, value } = copy(ctx);
  return { run: () => fs.copyFile(from, to, 0), value };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { from, to, value } = copy(ctx);
  return { run: () => fs.copyFileSync(from, to), value };
}
export { publicApi as public };
