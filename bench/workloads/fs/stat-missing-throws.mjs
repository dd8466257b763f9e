/** stat of a path that does not exist: the error is made, thrown and caught. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const path = join(armDir, 'missing');
  return {
    run() {
      try {
        return fs.stat(path, false, undefined, true);
      } catch (error) {
        return error;
      }
    },
    value: ({ code, errno, syscall, path: named }) => ({ code, errno, syscall, path: named === path }),
  };
}
