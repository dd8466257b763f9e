/** A FileHandle opened for reading and closed. */
import { file } from '../../inputs/files.mjs';

const O_RDONLY = 0;

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { kUsePromises } = fs;
  const path = file(ctx, '');
  return {
    async run() {
      const handle = await fs.openFileHandle(path, O_RDONLY, 0o666, kUsePromises);
      const { fd } = handle;
      await handle.close();
      return fd > 2;
    },
  };
}

function publicApi(ctx) {
  const { promises } = ctx.module;
  const path = file(ctx, '');
  return {
    async run() {
      const handle = await promises.open(path);
      const { fd } = handle;
      await handle.close();
      return fd > 2 && handle.fd === -1;
    },
  };
}
export { publicApi as public };
