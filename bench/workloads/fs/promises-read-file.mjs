/**
 * Small files as UTF-8 strings, as promises. The binding has no one call for it on every Node: at that level an
 * operation is what fs.promises.readFile asks of it, open, fstat, read and close, each awaited.
 */
import { files } from '../../inputs/files.mjs';
import { lengthIfEqual, textOf } from '../../inputs/text.mjs';

const O_RDONLY = 0;
const SIZE = 8;
const FILES = 256;

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { kUsePromises } = fs;
  const text = textOf(ctx.params);
  const paths = files(ctx, FILES, text);
  return {
    async run(i) {
      const handle = await fs.openFileHandle(paths[i % FILES], O_RDONLY, 0o666, kUsePromises);
      const { [SIZE]: size } = await fs.fstat(handle.fd, false, kUsePromises);
      const buffer = Buffer.allocUnsafeSlow(size);
      await fs.read(handle.fd, buffer, 0, size, -1, kUsePromises);
      await handle.close();
      return buffer.utf8Slice(0, size);
    },
    value: lengthIfEqual(text),
  };
}

function publicApi(ctx) {
  const { promises } = ctx.module;
  const text = textOf(ctx.params);
  const paths = files(ctx, FILES, text);
  return { run: (i) => promises.readFile(paths[i % FILES], 'utf8'), value: lengthIfEqual(text) };
}
export { publicApi as public };
