'use strict';

const BASE64 = 2;
const HEX = 5;
const BASE64URL = 7;

/**
 * What the native binding checks in C++: the same classes, codes and messages. Its errors have no code in their
 * stack, so they are made here and not by Node's `internal/errors`.
 * @param {object} internals
 */
function validators({ requireBuiltin, primordials: { NumberIsSafeInteger } }) {
  const { ERR_INVALID_ARG_TYPE } = requireBuiltin('internal/errors').codes;

  function coded(Class, code, message) {
    const error = new Class(message);
    error.code = code;
    return error;
  }

  /** C++ prints a bigint without its suffix, a symbol without its type, no name of a function, and a class for all. */
  function asInCpp(message, value) {
    if (message.endsWith('[Object: null prototype] {}')) return message.replace(/Received .*/, 'Received an instance of Object');
    if (typeof value === 'bigint') return message.replace(/n\)$/, ')');
    if (typeof value === 'symbol') return message.replace(`type symbol (${String(value)})`, String(value));
    if (typeof value === 'function') return message.replace(/function .*/, 'function');
    // Printed as C prints strings.
    return message.split('\0', 1)[0];
  }

  return {
    /** An error with a code, as C++ makes it. */
    coded,

    /** The error for what is no descriptor. */
    invalidFd(fd) {
      if (typeof fd !== 'number') {
        const { message } = new ERR_INVALID_ARG_TYPE('fd', 'number', fd);
        return coded(TypeError, 'ERR_INVALID_ARG_TYPE', asInCpp(message, fd));
      }
      const wanted = Number.isFinite(fd) && (fd < 0 || fd > 2147483647) ? '>= 0 && <= 2147483647' : 'an integer';
      return coded(RangeError, 'ERR_OUT_OF_RANGE', `The value of "fd" is out of range. It must be ${wanted}. Received ${fd}`);
    },

    /** A mode of access or copyFile, cut to an integer as the native binding does it; throws what it throws. */
    accessMode(mode) {
      if (mode === undefined || mode === null) return 0;
      if (typeof mode !== 'number') throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'mode must be int32 or null/undefined');
      if (!Number.isFinite(mode)) throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'mode is out of range');
      // Cut, not wrapped around.
      if (!(mode > -1 && mode < 8)) throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'mode is out of range: >= 0 && <= 7');
      return mode | 0;
    },

    /** A position, or -1 for the place where the descriptor stands. */
    offset: (position) => (NumberIsSafeInteger(position) ? position : -1),

    /** Whether a string in this encoding stands for bytes. */
    isBytes: (encoding) => encoding === BASE64 || encoding === HEX || encoding === BASE64URL,
  };
}

module.exports = { validators };
