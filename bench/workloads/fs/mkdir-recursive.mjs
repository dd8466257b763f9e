/** mkdir -p of three levels, then three times rmdir. Yields how much of the answer lies below the arm's folder. */
import { join } from 'node:path';

export function binding({ binding: fs, armDir }) {
  const top = join(armDir, 'a');
  const middle = join(top, 'b');
  const leaf = join(middle, 'c');
  return {
    run() {
      const first = fs.mkdir(leaf, 0o777, true);
      fs.rmdir(leaf);
      fs.rmdir(middle);
      fs.rmdir(top);
      return first;
    },
    value: (first) => first === top,
  };
}
