'use strict';

/**
 * Makes the errors of synchronous calls, which JavaScript does in half the time that it takes across the boundary.
 * They are those of ported code everywhere: message, and errno, code, syscall, path and dest in this order.
 * @param {object} internals
 * @returns {(errno: number, syscall: string, above: Function, path?: string | Uint8Array, dest?: string | Uint8Array) => Error}
 *   `errno` is negative, as libuv has it. The stack begins at the caller of `above`.
 */
function systemErrors({ internalBinding, requireBuiltin, primordials: { ErrorCaptureStackTrace, ReflectSet } }) {
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

  return function systemError(errno, syscall, above, path, dest) {
    const { 0: code, 1: message } = words(errno);
    const from = path === undefined ? undefined : text(path);
    const to = dest === undefined ? undefined : text(dest);
    let full = `${code}: ${message}, ${syscall}`;
    if (from !== undefined) full += ` '${from}'`;
    if (to !== undefined) full += ` -> '${to}'`;
    const error = withoutStack(full);
    error.errno = errno;
    error.code = code;
    error.syscall = syscall;
    if (from !== undefined) error.path = from;
    if (to !== undefined) error.dest = to;
    ErrorCaptureStackTrace(error, above);
    return error;
  };

  /** The stack is captured once, when it is known where it begins. */
  function withoutStack(message) {
    const limit = Error.stackTraceLimit;
    if (typeof limit !== 'number' || !ReflectSet(Error, 'stackTraceLimit', 0)) return new Error(message);
    const error = new Error(message);
    Error.stackTraceLimit = limit;
    return error;
  }
}

module.exports = { systemErrors };
