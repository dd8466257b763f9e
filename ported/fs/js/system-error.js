'use strict';

/** Where a synchronous call says that it failed. */
const FAILED = 5;

/**
 * Makes the errors of synchronous calls, which JavaScript does in half the time that it takes across the boundary.
 * They are those of ported code everywhere: message, and errno, code, syscall, path and dest in this order.
 *
 * The error itself is constructed by the binding's function, with `ReflectConstruct(Error, [message], function)`: one
 * capture of the stack, which begins at the caller of that function, because the engine skips the frames above the
 * constructor that was asked for. It visits them all the same, at 0.1 to 0.3 us each, so there are none.
 * The function's `prototype` must be that of Error.
 * @param {object} internals
 * @param {Float64Array} numbers The numbers of a call: its errno is taken from them, negative, as libuv has it.
 * @returns {{
 *   message: (syscall: string, path?: string | Uint8Array, dest?: string | Uint8Array) => string,
 *   failed: (error: Error, syscall: string, path?: string | Uint8Array, dest?: string | Uint8Array) => Error,
 *   pathText: (path: string | Uint8Array) => string,
 *   codeOf: (errno: number) => string,
 * }} What the error of the call says; and that error with its properties, after which the call counts as
 *   dealt with; a path as errors show it.
 */
function systemErrors({ internalBinding, requireBuiltin }, numbers) {
  const { Buffer } = requireBuiltin('buffer');
  let wording;

  function words(errno) {
    wording ??= internalBinding('uv').getErrorMap();
    const unknown = `Unknown system error ${errno}`;
    return wording.get(errno) ?? [unknown, unknown];
  }

  /** As C++ decodes the bytes of a path, of which a lone surrogate has made U+FFFD. */
  function text(path) {
    if (typeof path === 'string') return path.toWellFormed();
    return Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString();
  }

  return {
    pathText: text,
    /** The code of a positive errno. */
    codeOf: (errno) => words(-errno)[0],

    message(syscall, path, dest) {
      const { 0: code, 1: message } = words(numbers[FAILED]);
      let full = `${code}: ${message}, ${syscall}`;
      if (path !== undefined) full += ` '${text(path)}'`;
      if (dest !== undefined) full += ` -> '${text(dest)}'`;
      return full;
    },

    failed(error, syscall, path, dest) {
      const errno = numbers[FAILED];
      numbers[FAILED] = 0;
      error.errno = errno;
      error.code = words(errno)[0];
      error.syscall = syscall;
      if (path !== undefined) error.path = text(path);
      if (dest !== undefined) error.dest = text(dest);
      return error;
    },
  };
}

module.exports = { FAILED, systemErrors };
