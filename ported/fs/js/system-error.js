'use strict';

/** Where a synchronous call says that it failed. */
const FAILED = 5;

/**
 * Makes the errors of synchronous calls, which JavaScript does in half the time that it takes across the boundary.
 * They are those of ported code everywhere: message, and errno, code, syscall, path and dest in this order.
 * @param {object} internals
 * @param {Float64Array} numbers The numbers of a call: its errno is taken from them, negative, as libuv has it.
 * @returns {(syscall: string, above: Function, path?: string | Uint8Array, dest?: string | Uint8Array) => Error}
 *   The stack begins at the caller of `above`, whose `prototype` must be that of Error.
 */
function systemErrors({ internalBinding, requireBuiltin, primordials: { ReflectConstruct } }, numbers) {
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

  return function failed(syscall, above, path, dest) {
    const errno = numbers[FAILED];
    numbers[FAILED] = 0;
    const { 0: code, 1: message } = words(errno);
    const from = path === undefined ? undefined : text(path);
    const to = dest === undefined ? undefined : text(dest);
    let full = `${code}: ${message}, ${syscall}`;
    if (from !== undefined) full += ` '${from}'`;
    if (to !== undefined) full += ` -> '${to}'`;
    // The engine skips the frames above the constructor that was asked for: one capture, and it begins where it should.
    // It visits them all the same, at 0.1 us each: nothing stands between `failed` and the binding's function.
    const error = ReflectConstruct(Error, [full], above);
    error.errno = errno;
    error.code = code;
    error.syscall = syscall;
    if (from !== undefined) error.path = from;
    if (to !== undefined) error.dest = to;
    return error;
  };
}

module.exports = { FAILED, systemErrors };
