/** fstat of an open file. */
import { ascii } from '../../inputs/text.mjs';
import { file } from '../../inputs/files.mjs';

const SIZE = 8;

export function binding(ctx) {
  const { binding: fs, stock } = ctx;
  const fd = stock.openSync(file(ctx, ascii(1024)));
  return {
    run: () => fs.fstat(fd, false, undefined, false),
    value: (stats) => stats[SIZE],
    teardown: () => stock.closeSync(fd),
  };
}

function publicApi(ctx) {
  const { module: fs, stock } = ctx;
  const fd = stock.openSync(file(ctx, ascii(1024)));
  return { run: () => fs.fstatSync(fd), value: (stats) => stats.size, teardown: () => stock.closeSync(fd) };
}
export { publicApi as public };
