/** symlink, then unlink. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const path = join(armDir, 'link');
  return {
    run() {
      fs.symlink('target', path, 0);
      return fs.unlink(path) === undefined;
    },
  };
}

function publicApi({ module: fs, armDir }) {
  const path = join(armDir, 'link');
  return {
    run() {
      fs.symlinkSync('target', path);
      return fs.unlinkSync(path) === undefined;
    },
  };
}
export { publicApi as public };
