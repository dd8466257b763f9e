/** readFileUtf8 of a path that does not exist: the error is made, thrown and caught. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const path = join(armDir, 'missing');
  return {
    run() {
      try {
        return fs.readFileUtf8(path, 0);
      } catch (error) {
        return error;
      }
    },
    value: ({ code, errno, syscall }) => ({ code, errno, syscall }),
  };
}
