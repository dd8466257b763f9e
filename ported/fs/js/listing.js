'use strict';

/**
 * Directory listings as the addon delivers them to what the binding returns. Names come in one string, each with
 * a NUL behind it (a name of one byte is empty in UTF-16), and the types behind them, a digit for each; Buffers come in
 * an array with the types as its last element.
 */

/** @returns {string[]} */
function names(joined) {
  const list = joined.split('\0');
  list.pop();
  return list;
}

/** @returns {[string[], number[]]} */
function namesAndTypes(joined) {
  const list = joined.split('\0');
  const types = list.pop();
  return [list, numbersOf(types)];
}

/** The addon joins ASCII as Latin-1: seven bits of the byte 0x80 would be its separator. */
function ascii(joined) {
  return names(joined).map(sevenBits);
}

/** @returns {[string[], number[]]} */
function asciiAndTypes(joined) {
  const [list, types] = namesAndTypes(joined);
  return [list.map(sevenBits), types];
}

/** A name in ASCII, from Latin-1. */
const sevenBits = (name) => name.replace(/[\x80-\xff]/g, (c) => String.fromCharCode(c.charCodeAt(0) & 0x7f));

/** @returns {Buffer[]} */
function buffers(list) {
  list.pop();
  return list;
}

/** @returns {[Buffer[], number[]]} */
function buffersAndTypes(list) {
  const types = list.pop();
  return [list, numbersOf(types)];
}

function numbersOf(digits) {
  const types = new Array(digits.length);
  for (let i = 0; i < types.length; i++) types[i] = digits.charCodeAt(i) - 48;
  return types;
}

/** The parts of a tree: texts in one string, or Buffers in an array. @returns {(string | Buffer)[]} */
function treePaths(joined) {
  return typeof joined === 'string' ? names(joined) : joined;
}

/**
 * A tree with types, directory by directory.
 * @returns {{ names: (string | Buffer)[], kinds: Uint8Array, counts: Uint32Array, folders: (string | Buffer)[] }}
 *   The names of all entries and libuv's numbers of their types; how many of them each directory has; and the path
 *   of each directory below the root, which is the first and has an empty one.
 */
function treeWithTypes(joined) {
  const list = typeof joined === 'string' ? joined.split('\0') : joined;
  const digits = list.pop();
  const counts = Uint32Array.from(list.pop().split(','));
  const folders = list.splice(list.length - counts.length);
  const kinds = new Uint8Array(digits.length);
  for (let i = 0; i < kinds.length; i++) kinds[i] = digits.charCodeAt(i) - 48;
  return { names: list, kinds, counts, folders };
}

module.exports = { ascii, asciiAndTypes, buffers, buffersAndTypes, names, namesAndTypes, sevenBits, treePaths, treeWithTypes };
