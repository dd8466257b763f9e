/** readv at position 0 of an open file into several buffers. */
import { ascii } from '../../inputs/text.mjs';
import { file } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { binding: fs, stock, params: { size, count } } = ctx;
  const content = Buffer.from(ascii(size * count));
  const fd = stock.openSync(file(ctx, content));
  const buffers = Array.from({ length: count }, () => Buffer.alloc(size));
  return {
    run: () => fs.readBuffers(fd, buffers, 0),
    value: (bytes) => (Buffer.concat(buffers).equals(content) ? bytes : 'other bytes than the file has'),
    teardown: () => stock.closeSync(fd),
  };
}
