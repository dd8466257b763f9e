'use strict';

const UTF8 = 1;

/** Node's `enum encoding`, by the names that it takes. */
const numbers = {
  __proto__: null,
  ascii: 0,
  utf8: UTF8,
  'utf-8': UTF8,
  base64: 2,
  ucs2: 3,
  'ucs-2': 3,
  utf16le: 3,
  'utf-16le': 3,
  latin1: 4,
  binary: 4,
  hex: 5,
  buffer: 6,
  base64url: 7,
};

/**
 * @param {unknown} encoding
 * @returns {number} UTF-8 for whatever is not the name of an encoding, as in the native binding.
 */
function encodingNumber(encoding) {
  if (encoding === undefined || encoding === 'utf8') return UTF8;
  if (typeof encoding !== 'string') return UTF8;
  return numbers[encoding] ?? numbers[encoding.toLowerCase()] ?? UTF8;
}

module.exports = { encodingNumber };
