/** access(R_OK) of a file that exists. */
import { file } from '../../inputs/files.mjs';

const R_OK = 4;

export function binding(ctx) {
  const { binding: fs } = ctx;
  const path = file(ctx, '');
  return { run: () => fs.access(path, R_OK) === undefined };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = file(ctx, '');
  return { run: () => fs.accessSync(path, R_OK) === undefined };
}
export { publicApi as public };
