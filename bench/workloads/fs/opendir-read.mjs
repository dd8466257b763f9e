/** A directory that is opened, read part by part and closed, synchronously. */
import { countIfEqual, directory } from '../../inputs/files.mjs';

const PART = 32;

export function binding(ctx) {
  const { fs_dir: dirs } = ctx.bindings;
  const { path, names } = directory(ctx, ctx.params.count);
  return {
    run() {
      const handle = dirs.opendirSync(path);
      const listed = [];
      for (let part; (part = handle.read('utf8', PART)) !== null; ) {
        for (let i = 0; i < part.length; i += 2) listed.push(part[i]);
      }
      handle.close();
      return listed;
    },
    value: countIfEqual(names),
  };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { path, names } = directory(ctx, ctx.params.count);
  return {
    run() {
      const dir = fs.opendirSync(path);
      const listed = [];
      for (let entry; (entry = dir.readSync()) !== null; ) listed.push(entry.name);
      dir.closeSync();
      return listed;
    },
    value: countIfEqual(names),
  };
}
export { publicApi as public };
