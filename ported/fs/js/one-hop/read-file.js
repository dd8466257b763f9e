'use strict';

const TO_THE_END = 1;
const TEXT = 2;
/** Files up to this size are read synchronously in one crossing. */
const ROOM = 64 * 1024;
const READ_OPTIONS = { __proto__: null, flag: 'r' };

/**
 * readFile: open, fstat, read and close in one job, utf8 decoded by the pool's thread. Larger files, and what is no
 * regular file, come back open and are read by lib's own steps.
 * @param {import('./hop.js').Hop} hop
 */
module.exports = function readFile(hop) {
  const { addon, numbers, batch, internals, overrides, native, utils, replace, fs, promises, FileHandle } = hop;
  const { isHandlePatched, isVirtual, aborted, submit, rejectFromHere, FSReqPromise, FSReqCallback } = hop;
  const { getOptions, getValidatedPath, stringToFlags } = utils;
  const { kReadFileBufferLength: most } = utils.constants;
  const { Buffer } = internals.requireBuiltin('buffer');
  const { PromiseWithResolvers, PromisePrototypeThen, PromisePrototypeFinally } = internals.primordials;
  const { O_CREAT, O_EXCL, O_TRUNC } = internals.internalBinding('constants').fs;
  const NativeHandle = overrides.fs.FileHandle ?? native.fs.FileHandle;
  const { words } = batch;
  // Node 26 reads everything else in one job too, and its errors name the path whatever failed.
  const hasJob = native.fs.ReadFileJob !== undefined;
  const whatItReads = hasJob ? TO_THE_END : 0;
  const { initHooksExist } = internals.requireBuiltin('internal/async_hooks');
  const original = {
    promise: promises.readFile,
    callback: fs.readFile,
    sync: fs.readFileSync,
    steps: [fs.openSync, fs.readSync, fs.closeSync],
  };

  const isText = (encoding) => encoding === 'utf8' || encoding === 'utf-8';

  /** What one job needs; undefined for whatever lib's own function is to deal with. */
  function plan(path, options, defaultFlag) {
    if ((typeof path !== 'string' && !isPath(path)) || isVirtual()) return undefined;
    try {
      // Lib copies its defaults for an encoding, which takes as long as opening the file.
      const chosen = isText(options) ? { encoding: options, flag: 'r', signal: undefined, buffer: undefined } : getOptions(options, READ_OPTIONS);
      const { encoding, flag, signal, buffer } = chosen;
      if (buffer !== undefined || encoding === 'buffer' || signal?.aborted) return undefined;
      const flags = stringToFlags(flag || defaultFlag);
      if ((flags & (O_CREAT | O_EXCL | O_TRUNC)) !== 0) return undefined;
      return { path: getValidatedPath(path), flags, encoding, signal };
    } catch {
      return undefined;
    }
  }

  function begin(request, { path, flags, encoding }) {
    submit(request, addon.readWholeFileAsync, path, undefined, flags, most, whatItReads | (isText(encoding) ? TEXT : 0));
  }

  /** What came back: the content as it was asked for, or a promise of it. Throws as lib does. */
  function content(value, { encoding, signal }, options) {
    if (typeof value === 'number') return readOpen(words[value], options);
    if (signal?.aborted) throw aborted(signal);
    return encoding && typeof value !== 'string' ? value.toString(encoding) : value;
  }

  /** Reads on in steps. */
  function readOpen(fd, options) {
    const handle = new FileHandle(new NativeHandle(fd));
    return PromisePrototypeFinally(handle.readFile(options), () => handle.close());
  }

  replace(promises, 'readFile', function readFile(path, options) {
    const planned = isHandlePatched() ? undefined : plan(path, options, 'r');
    if (planned === undefined) return original.promise(path, options);
    const { promise, resolve, reject } = PromiseWithResolvers();
    const request = new FSReqPromise((error, value) => {
      if (error !== undefined) return rejectFromHere(resolve, error);
      try {
        resolve(content(value, planned, options));
      } catch (thrown) {
        reject(thrown);
      }
    });
    begin(request, planned);
    return promise;
  }, 'fs.promises.readFile');

  /** Whether hooks would see each step of Node 24 as a request of its own. */
  const showsSteps = () => !hasJob && initHooksExist();

  replace(fs, 'readFile', function readFile(path, options, callback) {
    callback ||= options;
    const planned = typeof callback === 'function' && !showsSteps() ? plan(path, options, undefined) : undefined;
    if (planned === undefined) return original.callback(path, options, callback);
    const request = new FSReqCallback((error, value) => {
      if (error !== undefined) return callback(error);
      let result;
      try {
        result = content(value, planned, options);
      } catch (thrown) {
        return callback(thrown);
      }
      if (typeof value !== 'number') return callback(null, result);
      PromisePrototypeThen(
        result,
        (data) => process.nextTick(callback, null, data),
        (failure) => process.nextTick(callback, failure),
      );
    });
    begin(request, planned);
  }, 'fs.readFile');

  /** Whether somebody has replaced a step, to watch it or to make it fail. */
  const isPatched = () =>
    fs.openSync !== original.steps[0] || fs.readSync !== original.steps[1] || fs.closeSync !== original.steps[2];

  // Its content is copied out before anybody else's code runs.
  let room;

  replace(fs, 'readFileSync', function readFileSync(path, options) {
    const encoding = typeof options === 'string' ? options : options?.encoding;
    // As utf8 it is one crossing as it is.
    const planned = isText(encoding) || isPatched() ? undefined : plan(path, options, undefined);
    if (planned === undefined) return original.sync(path, options);
    room ??= Buffer.allocUnsafeSlow(ROOM);
    numbers[0] = planned.flags;
    const fd = addon.readWholeFile(planned.path, room);
    if (fd === undefined) {
      const length = numbers[0];
      if (encoding) return room.toString(encoding, 0, length);
      const content = Buffer.allocUnsafe(length);
      room.copy(content, 0, 0, length);
      return content;
    }
    // It failed: lib's own function says how, with the caller on the stack.
    if (fd < 0) return original.sync(path, options);
    try {
      return original.sync(fd, options);
    } finally {
      fs.closeSync(fd);
    }
  }, 'fs.readFileSync');
};

const isPath = (path) => path instanceof URL || path instanceof Uint8Array;
