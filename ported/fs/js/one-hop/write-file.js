'use strict';

const WRITE_OPTIONS = { __proto__: null, encoding: 'utf8', mode: 0o666, flag: 'w', flush: false };
const APPEND_OPTIONS = { __proto__: null, encoding: 'utf8', mode: 0o666, flag: 'a' };

/**
 * writeFile and appendFile: open, write and close in one job. Streams, iterables, descriptors, `flush` and what is
 * larger than one of lib's chunks stay lib's.
 * @param {import('./hop.js').Hop} hop
 */
module.exports = function writeFile(hop) {
  const { addon, internals, utils, requireFresh, replace, fs, promises } = hop;
  const { isHandlePatched, isVirtual, aborted, submit, rejectFromHere, FSReqPromise, FSReqCallback } = hop;
  const { getOptions, getValidatedPath, stringToFlags } = utils;
  const { kWriteFileMaxChunkSize: most } = utils.constants;
  const { parseFileMode } = requireFresh('internal/validators');
  const { Buffer } = internals.requireBuiltin('buffer');
  const { PromiseWithResolvers } = internals.primordials;
  const original = {
    promises: { writeFile: promises.writeFile, appendFile: promises.appendFile },
    callbacks: { writeFile: fs.writeFile, appendFile: fs.appendFile },
    steps: [fs.open, fs.write, fs.close, fs.writeFile],
  };

  /** What one job needs; undefined for whatever lib's own function is to deal with. */
  function plan(path, data, options, defaults) {
    const isBytes = ArrayBuffer.isView(data);
    if ((typeof path !== 'string' && !isPath(path)) || (!isBytes && typeof data !== 'string') || isVirtual()) return undefined;
    try {
      const { encoding, mode, flag, flush, signal } = getOptions(options, defaults);
      if (signal?.aborted || (flush ?? false) !== false) return undefined;
      const flags = stringToFlags(flag || defaults.flag);
      const bytes = isBytes ? data : Buffer.from(data, encoding || 'utf8');
      if (bytes.byteLength > most) return undefined;
      return { path: getValidatedPath(path), bytes, flags, mode: parseFileMode(mode, 'mode', 0o666), signal };
    } catch {
      return undefined;
    }
  }

  function begin(request, { path, bytes, flags, mode }) {
    submit(request, addon.writeWholeFileAsync, bytes, path, flags, mode);
  }

  /** The error of an operation: an abort while it was under way wins over its success. */
  const outcome = (error, signal) => error ?? (signal?.aborted ? aborted(signal) : undefined);

  function promiseForm(name, defaults) {
    const steps = original.promises[name];
    return function (path, data, options) {
      const planned = isHandlePatched() ? undefined : plan(path, data, options, defaults);
      if (planned === undefined) return steps(path, data, options);
      const { promise, resolve } = PromiseWithResolvers();
      const request = new FSReqPromise((error) => {
        const failure = outcome(error, planned.signal);
        if (failure === undefined) resolve();
        else rejectFromHere(resolve, failure);
      });
      begin(request, planned);
      return promise;
    };
  }

  /** Whether somebody has replaced a step, to watch it or to make it fail. */
  const isPatched = () => fs.open !== original.steps[0] || fs.write !== original.steps[1] || fs.close !== original.steps[2];

  function callbackForm(name, defaults) {
    const steps = original.callbacks[name];
    return function (path, data, options, callback) {
      callback ||= options;
      const planned =
        typeof callback !== 'function' || isPatched() ? undefined : plan(path, data, options, defaults);
      if (planned === undefined) return steps(path, data, options, callback);
      const request = new FSReqCallback((error) => callback(outcome(error, planned.signal) ?? null));
      begin(request, planned);
    };
  }

  replace(promises, 'writeFile', promiseForm('writeFile', WRITE_OPTIONS), 'fs.promises.writeFile');
  replace(promises, 'appendFile', promiseForm('appendFile', APPEND_OPTIONS), 'fs.promises.appendFile');
  replace(fs, 'writeFile', callbackForm('writeFile', WRITE_OPTIONS), 'fs.writeFile');
  replace(fs, 'appendFile', callbackForm('appendFile', APPEND_OPTIONS), 'fs.appendFile');
};

const isPath = (path) => path instanceof URL || path instanceof Uint8Array;
