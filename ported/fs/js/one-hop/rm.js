'use strict';

const IS_DIRECTORY = 1;
const DEFAULTS = { __proto__: null, recursive: false, force: false, retryDelay: 100, maxRetries: 0 };
/** What lib tries again. */
const RETRIED = new Set(['EBUSY', 'EMFILE', 'ENFILE', 'ENOTEMPTY', 'EPERM']);

/**
 * rm: the whole tree in one job, which cannot be led out of the tree. Retries are lib's, on timers. rmSync is one call
 * of the binding as it is.
 * @param {import('./hop.js').Hop} hop
 */
module.exports = function rm(hop) {
  const { addon, internals, utils, requireFresh, replace, fs, promises, isVirtual, submit, FSReqPromise, FSReqCallback } = hop;
  const { getValidatedPath, validateRmdirOptions } = utils;
  const { validateBoolean, validateInt32, validateUint32 } = requireFresh('internal/validators');
  const { PromiseWithResolvers } = internals.primordials;
  const original = { promise: promises.rm, callback: fs.rm };

  function plan(path, options) {
    if (isVirtual()) return undefined;
    try {
      const valid = validateRmdirOptions(options, DEFAULTS);
      // Node 24 does all but the first in validateRmdirOptions, Node 26 none.
      validateBoolean(valid.force, 'options.force');
      validateBoolean(valid.recursive, 'options.recursive');
      validateInt32(valid.retryDelay, 'options.retryDelay', 0);
      validateUint32(valid.maxRetries, 'options.maxRetries');
      return { path: getValidatedPath(path), ...valid };
    } catch {
      return undefined;
    }
  }

  /** True when lib's own function has to go on, or to say what is wrong. */
  function isLeftToLib(error, value, { maxRetries }) {
    return value === IS_DIRECTORY || (error !== undefined && maxRetries > 0 && RETRIED.has(error.code));
  }

  const isFine = (error, { force }) => error === undefined || (error.code === 'ENOENT' && (force || error.syscall !== 'lstat'));

  replace(promises, 'rm', function rm(path, options) {
    const planned = plan(path, options);
    if (planned === undefined) return original.promise(path, options);
    const { promise, resolve, reject } = PromiseWithResolvers();
    const request = new FSReqPromise((error, value) => {
      if (isLeftToLib(error, value, planned)) resolve(original.promise(path, planned));
      else if (isFine(error, planned)) resolve();
      else reject(error);
    });
    submit(request, addon.removeTreeAsync, planned.path, undefined, planned.recursive ? 1 : 0);
    return promise;
  }, 'fs.promises.rm');

  replace(fs, 'rm', function rm(path, options, callback) {
    if (typeof options === 'function') [callback, options] = [options, undefined];
    const planned = typeof callback === 'function' ? plan(path, options) : undefined;
    if (planned === undefined) return original.callback(path, options, callback);
    const request = new FSReqCallback((error, value) => {
      if (isLeftToLib(error, value, planned)) original.callback(path, planned, callback);
      else callback(isFine(error, planned) ? null : error);
    });
    submit(request, addon.removeTreeAsync, planned.path, undefined, planned.recursive ? 1 : 0);
  }, 'fs.rm');
};
