/** open for reading, then close. */
import { file } from '../../inputs/files.mjs';

const O_RDONLY = 0;

const isOpened = (fd) => Number.isInteger(fd) && fd > 2;

export function binding(ctx) {
  const { binding: fs } = ctx;
  const path = file(ctx, '');
  return {
    run() {
      const fd = fs.open(path, O_RDONLY, 0o666);
      fs.close(fd);
      return fd;
    },
    value: isOpened,
  };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = file(ctx, '');
  return {
    run() {
      const fd = fs.openSync(path, 'r');
      fs.closeSync(fd);
      return fd;
    },
    value: isOpened,
  };
}
export { publicApi as public };
