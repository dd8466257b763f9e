/** A file that begins to be watched, and no more. */
import { file } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { FSEvent } = ctx.bindings.fs_event_wrap;
  const path = file(ctx, '');
  return {
    run() {
      const handle = new FSEvent();
      const errno = handle.start(path, true, false, 'utf8');
      const watched = handle.initialized;
      handle.close();
      return errno === 0 && watched && !handle.initialized;
    },
  };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const path = file(ctx, '');
  return {
    run() {
      const watcher = fs.watch(path);
      watcher.close();
      return watcher.listenerCount('change') === 0;
    },
  };
}
export { publicApi as public };
