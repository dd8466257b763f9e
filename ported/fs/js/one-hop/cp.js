'use strict';

const { copyFailure } = require('../cp-dir-job.js');
const { systemErrors } = require('../system-error.js');

const LEFT_TO_LIB = 1;
const VERBATIM = 1;
const TIMES = 2;
const CHECKED = 4;
const JOB = 8;

/**
 * cp of a directory to where nothing is: the checks and the whole tree in one job. Into what is there, with a filter,
 * or with links to be followed, lib copies in steps. cpSync is a call of the binding as it is.
 * @param {import('./hop.js').Hop} hop
 */
module.exports = function cp(hop) {
  const { addon, internals, native, numbers, utils, requireFresh, replace, fs, promises } = hop;
  const { isVirtual, submit, rejectFromHere, FSReqPromise, FSReqCallback } = hop;
  const { getValidatedPath, validateCpOptions } = utils;
  const { PromiseWithResolvers } = internals.primordials;
  const { ERR_FS_CP_FIFO_PIPE, ERR_FS_CP_SOCKET, ERR_FS_CP_UNKNOWN } = requireFresh('internal/errors').codes;
  const { EINVAL } = internals.internalBinding('constants').os.errno;
  const { codeOf } = systemErrors(internals, numbers);
  const rules = native.fs.CpDirJob === undefined ? 0 : JOB;
  const original = { promise: promises.cp, callback: fs.cp };
  const special = {
    __proto__: null,
    socket: [ERR_FS_CP_SOCKET, 'cannot copy a socket file:'],
    fifo: [ERR_FS_CP_FIFO_PIPE, 'cannot copy a FIFO pipe:'],
    unknown: [ERR_FS_CP_UNKNOWN, 'cannot copy an unknown file type:'],
  };

  /** What one job needs; undefined for whatever lib's own function is to deal with. */
  function plan(src, dest, options) {
    if (isVirtual()) return undefined;
    try {
      const { recursive, filter, dereference, verbatimSymlinks, preserveTimestamps, mode } = validateCpOptions(options);
      if (!recursive || filter !== undefined || dereference) return undefined;
      const bits = rules | CHECKED | (verbatimSymlinks ? VERBATIM : 0) | (preserveTimestamps ? TIMES : 0);
      const from = getValidatedPath(src, 'src');
      const to = getValidatedPath(dest, 'dest');
      return typeof from === 'string' && typeof to === 'string' ? { from, to, bits, mode } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The error of a job, whoever words it. */
  function failureOf(error, value) {
    if (error !== undefined || value === undefined) return error;
    const { special: kind, path, failure } = copyFailure(value, codeOf);
    if (failure !== undefined) return failure;
    const [SpecialFileError, words] = special[kind];
    return new SpecialFileError({ message: `${words} ${path}`, path, syscall: 'cp', errno: EINVAL, code: 'EINVAL' });
  }

  function begin(request, { from, to, bits, mode }) {
    submit(request, addon.copyTreeAsync, from, to, bits, mode);
  }

  replace(promises, 'cp', function cp(src, dest, options) {
    const planned = plan(src, dest, options);
    if (planned === undefined) return original.promise(src, dest, options);
    const copy = { ...options };
    const { promise, resolve } = PromiseWithResolvers();
    const request = new FSReqPromise((error, value) => {
      if (value === LEFT_TO_LIB) return resolve(original.promise(planned.from, planned.to, copy));
      const failure = failureOf(error, value);
      if (failure === undefined) resolve();
      else rejectFromHere(resolve, failure);
    });
    begin(request, planned);
    return promise;
  }, 'fs.promises.cp');

  replace(fs, 'cp', function cp(src, dest, options, callback) {
    const planned = typeof callback === 'function' ? plan(src, dest, options) : undefined;
    if (planned === undefined) return original.callback(src, dest, options, callback);
    const copy = { ...options };
    const request = new FSReqCallback((error, value) => {
      if (value === LEFT_TO_LIB) return original.callback(planned.from, planned.to, copy, callback);
      const failure = failureOf(error, value);
      // In a later turn and with a second argument, as of a promise that was made a callback.
      if (failure === undefined) process.nextTick(callback, null, undefined);
      else process.nextTick(callback, failure);
    });
    begin(request, planned);
  }, 'fs.cp');
};
