/** write of a string at position 0 of an open file. */
import { file } from '../../inputs/files.mjs';
import { textOf } from '../../inputs/text.mjs';

export function binding(ctx) {
  const { binding: fs, stock, params } = ctx;
  const { encoding } = params;
  const text = textOf(params);
  const path = file(ctx, '');
  const fd = stock.openSync(path, 'r+');
  return {
    run: () => fs.writeString(fd, text, 0, encoding, undefined, {}),
    value: (bytes) => (stock.readFileSync(path, encoding) === text ? bytes : 'the file holds another text'),
    teardown: () => stock.closeSync(fd),
  };
}
