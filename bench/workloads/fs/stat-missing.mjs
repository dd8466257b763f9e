/** stat of a path that does not exist, with throwIfNoEntry: false. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const path = join(armDir, 'missing');
  return { run: () => fs.stat(path, false, undefined, false) === undefined };
}
