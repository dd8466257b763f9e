/** mkdtemp, then rmdir. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const prefix = join(armDir, 'made-');
  return {
    run() {
      const path = fs.mkdtemp(prefix, 'utf8');
      fs.rmdir(path);
      return path;
    },
    value: (path) => path.startsWith(prefix) && path.length - prefix.length,
  };
}

function publicApi({ module: fs, armDir }) {
  const prefix = join(armDir, 'made-');
  return {
    run() {
      const path = fs.mkdtempSync(prefix);
      fs.rmdirSync(path);
      return path;
    },
    value: (path) => path.startsWith(prefix) && path.length - prefix.length,
  };
}
export { publicApi as public };
