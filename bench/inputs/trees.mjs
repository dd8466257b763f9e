/** Trees of small files for workloads, made with the host's own fs. */
import { join } from 'node:path';

const FOLDERS = 10;

/**
 * A tree two folders deep: ten times ten folders, and the same number of small files in each of the hundred.
 * @param {{ stock: typeof import('node:fs') }} ctx
 * @param {string} root made here
 * @param {number} files in the whole tree, a multiple of a hundred
 */
export function makeTree({ stock }, root, files) {
  for (const folder of foldersOf(root)) {
    stock.mkdirSync(folder, { recursive: true });
    for (const name of namesIn(files)) stock.writeFileSync(join(folder, name), CONTENT);
  }
}

/**
 * @param {{ stock: typeof import('node:fs') }} ctx
 * @param {string} root of a {@link makeTree}, or of a copy
 * @param {number} files
 * @returns {number | string} how many files are there with their content; otherwise which is not
 */
export function countIfTree({ stock }, root, files) {
  let count = 0;
  for (const folder of foldersOf(root)) {
    for (const name of namesIn(files)) {
      if (stock.readFileSync(join(folder, name), 'latin1') !== CONTENT) return `${join(folder, name)} has another content`;
      count++;
    }
  }
  return count;
}

/** How many entries a listing of such a tree has. */
export const entriesOf = (files) => files + FOLDERS + FOLDERS * FOLDERS;

const CONTENT = 'a small file\n'.repeat(8);

const namesIn = (files) =>
  Array.from({ length: files / FOLDERS ** 2 }, (_, index) => `file-${String(index).padStart(4, '0')}.txt`);

function foldersOf(root) {
  const names = Array.from({ length: FOLDERS }, (_, index) => `folder-${index}`);
  return names.flatMap((above) => names.map((below) => join(root, above, below)));
}
