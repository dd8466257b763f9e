/** Texts of a given size, the same on every machine. */

const LINE = 'The five boxing wizards jump quickly; 0123456789 times, or so.\n';
/** 1, 2, 3 and 1 bytes of UTF-8, so Latin-1 cannot hold it; 7 bytes, 4 UTF-16 units. */
const MIXED = 'añ漢b';
/** All in Latin-1, a third of it outside ASCII. */
const LATIN1 = 'naïve façade à la carte, déjà vu; ';

/**
 * ASCII.
 * @param {number} bytes
 * @returns {string} of exactly that many bytes and characters
 */
export function ascii(bytes) {
  return LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes);
}

/**
 * Text that needs two bytes a character in memory, and 1.75 in UTF-8.
 * @param {number} bytes
 * @returns {string} of at most that many bytes of UTF-8, and less than 7 fewer
 */
export function mixed(bytes) {
  return MIXED.repeat(Math.floor(bytes / 7));
}

/**
 * Text that Latin-1 holds and ASCII does not.
 * @param {number} characters
 * @returns {string}
 */
export function latin1(characters) {
  return LATIN1.repeat(Math.ceil(characters / LATIN1.length)).slice(0, characters);
}

const KINDS = { ascii, mixed, latin1 };

/**
 * The text that a definition's params ask for.
 * @param {{ text: 'ascii' | 'mixed' | 'latin1', size: number }} params
 * @returns {string}
 */
export function textOf({ text, size }) {
  return KINDS[text](size);
}

/**
 * A check for bodies that read: the length, if it is the text that was written.
 * @param {string} written
 * @returns {(read: string) => number | string}
 */
export function lengthIfEqual(written) {
  return (read) => (read === written ? read.length : `another text, of ${read?.length} characters`);
}
