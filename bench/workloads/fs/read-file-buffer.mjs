/** A whole file as a Buffer: open, fstat, read and close. */
import { file } from '../../inputs/files.mjs';
import { ascii } from '../../inputs/text.mjs';

function publicApi(ctx) {
  const { module: fs, params: { size } } = ctx;
  const content = Buffer.from(ascii(size));
  const path = file(ctx, content);
  return {
    run: () => fs.readFileSync(path),
    value: (read) => (content.equals(read) ? read.length : 'other bytes than the file has'),
  };
}
export { publicApi as public };
