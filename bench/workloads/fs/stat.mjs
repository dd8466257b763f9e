/** stat of a file that exists; yields its size. */
import { join } from 'node:path';

const SIZE = 8;

function file({ stock, armDir, params }) {
  const path = join(armDir, 'file');
  stock.writeFileSync(path, 'a'.repeat(params.size));
  return path;
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const path = file(ctx);
  return { run: () => fs.stat(path, false, undefined, true)[SIZE] };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = file(ctx);
  return { run: () => fs.statSync(path).size };
}
export { publicApi as public };
