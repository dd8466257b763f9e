'use strict';

/**
 * Directory listings as the addon delivers them to what the binding returns. Names come in one string, separated
 * by NUL, and the types behind them, a digit for each; Buffers come in an array with the types as its last element.
 */

/** @returns {string[]} */
function names(joined) {
  return joined === '' ? [] : joined.split('\0');
}

/** @returns {[string[], number[]]} */
function namesAndTypes(joined) {
  const list = joined.split('\0');
  const types = list.pop();
  return [list, numbersOf(types)];
}

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

module.exports = { buffers, buffersAndTypes, names, namesAndTypes };
