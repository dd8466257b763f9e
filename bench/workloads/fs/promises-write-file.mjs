/** Small files written, or lengthened, from a string, as promises. */
import { files } from '../../inputs/files.mjs';

const FILES = 16;

function publicApi(ctx) {
  const { module: fs, stock } = ctx;
  const { append = false, size } = ctx.params;
  const text = 'x'.repeat(size);
  const paths = files(ctx, FILES, text);
  const write = append ? fs.promises.appendFile : fs.promises.writeFile;
  return {
    run: (i) => write(paths[i % FILES], text).then(() => paths[i % FILES]),
    /** Of a file that grows, what was added last. */
    value: (path) => stock.readFileSync(path, 'latin1').slice(-size) === text && size,
    after() {
      if (append) for (const path of paths) stock.truncateSync(path, size);
    },
  };
}
export { publicApi as public };
