/** write of one buffer at position 0 of an open file. */
import { ascii } from '../../inputs/text.mjs';
import { file } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { binding: fs, stock, params: { size } } = ctx;
  const content = Buffer.from(ascii(size));
  const path = file(ctx, '');
  const fd = stock.openSync(path, 'r+');
  return {
    // A new ctx object each time, as Node's lib passes one.
    run: () => fs.writeBuffer(fd, content, 0, size, 0, undefined, {}),
    value: (bytes) => (stock.readFileSync(path).equals(content) ? bytes : 'the file holds other bytes'),
    teardown: () => stock.closeSync(fd),
  };
}
