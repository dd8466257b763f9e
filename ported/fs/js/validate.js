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

  return {
    /** The error for what is no descriptor. */
    invalidFd(fd) {
      if (typeof fd !== 'number') {
        return coded(TypeError, 'ERR_INVALID_ARG_TYPE', new ERR_INVALID_ARG_TYPE('fd', 'number', fd).message);
      }
      const wanted = Number.isInteger(fd) || !Number.isFinite(fd) ? '>= 0 && <= 2147483647' : 'an integer';
      return coded(RangeError, 'ERR_OUT_OF_RANGE', `The value of "fd" is out of range. It must be ${wanted}. Received ${fd}`);
    },

    /** The error for what is no mode of access; undefined for null and undefined, which mean 0. */
    invalidMode(mode) {
      if (mode === undefined || mode === null) return undefined;
      if (typeof mode !== 'number' || (mode | 0) !== mode) return coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'mode must be int32 or null/undefined');
      return coded(RangeError, 'ERR_OUT_OF_RANGE', 'mode is out of range: >= 0 && <= 7');
    },

    /** A position, or -1 for the place where the descriptor stands. */
    offset: (position) => (NumberIsSafeInteger(position) ? position : -1),

    /** Whether a string in this encoding stands for bytes. */
    isBytes: (encoding) => encoding === BASE64 || encoding === HEX || encoding === BASE64URL,
  };
}

module.exports = { validators };
