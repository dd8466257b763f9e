/** Files and directories for workloads, made with the host's own fs. */
import { join } from 'node:path';

/**
 * One file in the arm's folder.
 * @param {{ stock: typeof import('node:fs'), armDir: string }} ctx
 * @param {string | Uint8Array} content
 * @returns {string} its path
 */
export function file({ stock, armDir }, content) {
  const path = join(armDir, 'file');
  stock.writeFileSync(path, content);
  return path;
}

/**
 * Many files of one content in the arm's folder.
 * @param {{ stock: typeof import('node:fs'), armDir: string }} ctx
 * @param {number} count
 * @param {string} content
 * @returns {string[]} their paths
 */
export function files({ stock, armDir }, count, content) {
  return Array.from({ length: count }, (_, index) => {
    const path = join(armDir, `file-${String(index).padStart(4, '0')}`);
    stock.writeFileSync(path, content);
    return path;
  });
}

/**
 * A directory of empty files; every tenth entry is a directory, so that types differ.
 * @param {{ stock: typeof import('node:fs'), armDir: string }} ctx
 * @param {number} count
 * @returns {{ path: string, names: string[] }} names sorted
 */
export function directory({ stock, armDir }, count) {
  const path = join(armDir, 'directory');
  stock.mkdirSync(path);
  const names = Array.from({ length: count }, (_, index) => `entry-${String(index).padStart(6, '0')}.txt`);
  names.forEach((name, index) => {
    if (isDirectory(index)) stock.mkdirSync(join(path, name));
    else stock.writeFileSync(join(path, name), '');
  });
  return { path, names };
}

/**
 * @param {number} index of the entry in {@link directory}
 * @returns {boolean}
 */
export function isDirectory(index) {
  return index % 10 === 0;
}

/**
 * A check for bodies that list: the number of names, if they are the right ones in any order.
 * @param {string[]} names sorted
 * @returns {(listed: string[]) => number | string}
 */
export function countIfEqual(names) {
  return (listed) => {
    const sorted = [...listed].sort();
    const equal = sorted.length === names.length && sorted.every((name, index) => name === names[index]);
    return equal ? listed.length : `other names, ${listed.length} of them, first ${sorted[0]}`;
  };
}
