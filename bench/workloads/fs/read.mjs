/** read at position 0 of an open file into one buffer. */
import { ascii } from '../../inputs/text.mjs';
import { file } from '../../inputs/files.mjs';

function opened(ctx) {
  const { size } = ctx.params;
  const content = Buffer.from(ascii(size));
  const fd = ctx.stock.openSync(file(ctx, content));
  const buffer = Buffer.alloc(size);
  return {
    fd, size, buffer,
    value: (bytes) => (buffer.equals(content) ? bytes : 'other bytes than the file has'),
    teardown: () => ctx.stock.closeSync(fd),
  };
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { fd, size, buffer, value, teardown } = opened(ctx);
  return { run: () => fs.read(fd, buffer, 0, size, 0), value, teardown };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { fd, size, buffer, value, teardown } = opened(ctx);
  return { run: () => fs.readSync(fd, buffer, 0, size, 0), value, teardown };
}
export { publicApi as public };
