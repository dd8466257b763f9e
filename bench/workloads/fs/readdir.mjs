/** The names in a directory. */
import { countIfEqual, directory } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { path, names } = directory(ctx, ctx.params.count);
  return { run: () => fs.readdir(path, 'utf8', false), value: countIfEqual(names) };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { path, names } = directory(ctx, ctx.params.count);
  return { run: () => fs.readdirSync(path), value: countIfEqual(names) };
}
export { publicApi as public };
