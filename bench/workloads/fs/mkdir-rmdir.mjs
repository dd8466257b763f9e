/** mkdir, then rmdir. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const path = join(armDir, 'made');
  return {
    run() {
      fs.mkdir(path, 0o777, false);
      return fs.rmdir(path) === undefined;
    },
  };
}

function publicApi({ module: fs, armDir }) {
  const path = join(armDir, 'made');
  return {
    run() {
      fs.mkdirSync(path);
      return fs.rmdirSync(path) === undefined;
    },
  };
}
export { publicApi as public };
