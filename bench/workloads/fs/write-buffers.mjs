/** writev of several buffers at position 0 of an open file. */
import { ascii } from '../../inputs/text.mjs';
import { file } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { binding: fs, stock, params: { size, count } } = ctx;
  const content = Buffer.from(ascii(size * count));
  const buffers = Array.from({ length: count }, (_, index) => content.subarray(index * size, (index + 1) * size));
  const path = file(ctx, '');
  const fd = stock.openSync(path, 'r+');
  return {
    run: () => fs.writeBuffers(fd, buffers, 0),
    value: (bytes) => (stock.readFileSync(path).equals(content) ? bytes : 'the file holds other bytes'),
    teardown: () => stock.closeSync(fd),
  };
}
