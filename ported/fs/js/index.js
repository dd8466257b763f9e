'use strict';

/**
 * The JavaScript half of the fs port: request classes, validation, and results that are cheaper to make here
 * than across the boundary. Semantics are in Rust.
 *
 * Numbers are handed over in one array, as ported/fs/binding documents function by function. Whoever fills it
 * calls the addon next, without running anybody else's code in between.
 */

const { connect } = require('./connection.js');
const { validators } = require('./validate.js');
const { encodingNumber } = require('./encodings.js');
const { names, namesAndTypes, buffers, buffersAndTypes } = require('./listing.js');
const { fileHandleClass } = require('./file-handle.js');
const { readFileJobClass } = require('./read-file-job.js');
const { FAILED, systemErrors } = require('./system-error.js');

const BUFFER = 6;
const BIGINT = 1;
const QUIET = 2;
/** Up to so many Buffers are handed over as arguments. */
const SPREAD = 8;
/** At which of its system calls a synchronous call failed. */
const STEP = 4;
const STEPS = ['open', 'read', 'write', 'close'];

/**
 * @param {object} port
 * @param {object} port.addon The addon's exports.
 * @param {object} port.internals What shims/internal-binding reaches.
 * @param {Record<string, object>} port.native The native bindings.
 * @param {object} port.asyncContext shims/internal-binding/async-context.js
 * @returns {{ fs: object }} The properties that replace those of the native binding.
 */
module.exports = function create({ addon, internals, native: { fs: native }, asyncContext }) {
  const { CallbackRequest, PromiseRequest, Request, nativeFallback } = asyncContext;
  const { ArrayPrototypeSlice, ErrorCaptureStackTrace, ErrorPrototype, ReflectApply, ReflectConstruct } = internals.primordials;
  const { Buffer } = internals.requireBuiltin('buffer');
  const { numbers, stats, bigStats, batch, requests } = connect(addon, asyncContext);
  const { words, bigWords } = batch;
  const { kUsePromises } = native;
  const { message, failed } = systemErrors(internals, numbers);
  const { accessMode, invalidFd, isBytes, offset } = validators(internals);

  class FSReqCallback extends CallbackRequest {
    constructor(bigint) {
      super('FSREQCALLBACK');
      this.bigint = bigint === true;
    }

    /** Best effort, as Node's: here what is queued runs, and its result is dropped by the caller. */
    cancel() {}
  }
  if (native.FSReqCallback.prototype.cancel === undefined) delete FSReqCallback.prototype.cancel;

  // async_hooks hand these out as resources, under the names of the native classes.
  class FSReqPromise extends PromiseRequest {
    constructor() {
      super('FSREQPROMISE');
    }
  }
  class FileHandleCloseReq extends PromiseRequest {
    constructor() {
      super('FILEHANDLECLOSEREQ');
    }
  }

  const isOurs = (req) => req === kUsePromises || req instanceof FSReqCallback;

  /** Begins a request: an addon function, up to two arguments, up to four numbers. */
  function later(start, req, convert, first, second, a, b, c, d) {
    const request = req === kUsePromises ? new FSReqPromise() : req;
    // Emits `init`: user code, which may use the numbers itself.
    const slot = requests.add(request, convert, first);
    numbers[0] = slot;
    numbers[1] = a;
    numbers[2] = b;
    numbers[3] = c;
    numbers[4] = d;
    try {
      if (second === undefined) start(first);
      else start(first, second);
    } catch (error) {
      requests.cancel(slot);
      throw error;
    }
    return request.promise;
  }

  /** An error's stack begins at who called the binding's function, as if that were native. */
  function hide(error, above) {
    ErrorCaptureStackTrace(error, above);
    return error;
  }

  // Results of stat arrive as words of the batch, which the next completion overwrites.
  function sharedStats(at) {
    for (let i = 0; i < 18; i++) stats[i] = words[at + i];
    return stats;
  }
  function sharedBigStats(at) {
    for (let i = 0; i < 18; i++) bigStats[i] = bigWords[at + i];
    return bigStats;
  }
  const ownStats = (at) => words.slice(at, at + 18);
  const ownBigStats = (at) => bigWords.slice(at, at + 18);

  function statLater(start, req, bigint, quiet, path, fd) {
    const big = req === kUsePromises ? bigint === true : req.bigint;
    const convert = req === kUsePromises ? (big ? ownBigStats : ownStats) : big ? sharedBigStats : sharedStats;
    const options = (big ? BIGINT : 0) | (quiet ? QUIET : 0);
    const convertOrMissing = quiet ? (at) => (at === undefined ? undefined : convert(at)) : convert;
    return path === undefined
      ? later(start, req, convertOrMissing, undefined, undefined, fd, options)
      : later(start, req, convertOrMissing, path, undefined, options);
  }

  function stat(path, bigint, req, throwIfNoEntry) {
    if (req === undefined) {
      const options = (bigint === true ? BIGINT : 0) | (throwIfNoEntry === false ? QUIET : 0);
      const missing = options === 0 ? addon.stat(path) : addon.stat(path, options);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('stat', path)], stat), 'stat', path);
      return missing === true ? undefined : bigint === true ? bigStats : stats;
    }
    if (!isOurs(req)) return native.stat(...arguments);
    return statLater(addon.statAsync, req, bigint, throwIfNoEntry === false, path);
  }

  function lstat(path, bigint, req, throwIfNoEntry) {
    if (req === undefined) {
      const options = (bigint === true ? BIGINT : 0) | (throwIfNoEntry === false ? QUIET : 0);
      const missing = options === 0 ? addon.lstat(path) : addon.lstat(path, options);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('lstat', path)], lstat), 'lstat', path);
      return missing === true ? undefined : bigint === true ? bigStats : stats;
    }
    if (!isOurs(req)) return native.lstat(...arguments);
    return statLater(addon.lstatAsync, req, bigint, false, path);
  }

  function fstat(fd, bigint, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), fstat);
    if (req === undefined) {
      numbers[0] = fd;
      numbers[1] = bigint === true ? 1 : 0;
      addon.fstat();
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('fstat')], fstat), 'fstat');
      return bigint === true ? bigStats : stats;
    }
    if (!isOurs(req)) return native.fstat(...arguments);
    return statLater(addon.fstatAsync, req, bigint, false, undefined, fd);
  }

  function access(path, mode, req) {
    if (typeof mode !== 'number' || (mode | 0) !== mode || mode < 0 || mode > 7) {
      try {
        mode = accessMode(mode);
      } catch (error) {
        throw hide(error, access);
      }
    }
    if (req === undefined) {
      numbers[0] = mode;
      addon.access(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('access', path)], access), 'access', path);
      return undefined;
    }
    if (!isOurs(req)) return native.access(...arguments);
    return later(addon.accessAsync, req, undefined, path, undefined, mode);
  }

  function existsSync(path) {
    return addon.isMissing(path) === undefined;
  }

  function internalModuleStat(path) {
    addon.moduleStat(path);
    return numbers[0];
  }

  function open(path, flags, mode, req) {
    if (req === undefined) {
      numbers[0] = flags;
      numbers[1] = mode;
      addon.open(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('open', path)], open), 'open', path);
      return numbers[0];
    }
    if (!isOurs(req)) return native.open(...arguments);
    return later(addon.openAsync, req, undefined, path, undefined, flags, mode);
  }

  function close(fd, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), close);
    if (req === undefined) {
      numbers[0] = fd;
      addon.close();
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('close')], close), 'close');
      return undefined;
    }
    if (!isOurs(req)) return native.close(...arguments);
    return later(addon.closeAsync, req, undefined, undefined, undefined, fd);
  }

  const FileHandle = fileHandleClass(native.FileHandle, {
    close(fd) {
      return later(addon.closeAsync, new FileHandleCloseReq(), undefined, undefined, undefined, fd);
    },
    closeSync: close,
  });
  const fileHandle = (fd) => new FileHandle(fd);

  function openFileHandle(path, flags, mode, req) {
    if (req === undefined) return new FileHandle(open(path, flags, mode));
    if (!isOurs(req)) return native.openFileHandle(...arguments);
    return later(addon.openAsync, req, fileHandle, path, undefined, flags, mode);
  }

  function read(fd, buffer, at, length, position, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), read);
    const big = typeof position === 'bigint';
    if (req === undefined) {
      numbers[0] = fd;
      numbers[1] = at;
      numbers[2] = length;
      if (big) {
        addon.read(buffer, position);
      } else {
        numbers[3] = position;
        addon.read(buffer);
      }
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('read')], read), 'read');
      return numbers[0];
    }
    if (!isOurs(req)) return native.read(...arguments);
    return later(addon.readAsync, req, undefined, buffer, big ? position : undefined, fd, at, length, big ? -1 : position);
  }

  function readBuffers(fd, views, position, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), readBuffers);
    position = offset(position);
    if (req === undefined) {
      const spread = views.length > 0 && views.length <= SPREAD;
      numbers[0] = fd;
      numbers[1] = position;
      numbers[2] = spread ? 1 : 0;
      if (spread) ReflectApply(addon.readBuffers, addon, views);
      else addon.readBuffers(views);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('read')], readBuffers), 'read');
      return numbers[0];
    }
    if (!isOurs(req)) return native.readBuffers(...arguments);
    // A copy: the caller may empty the array while the kernel fills its members.
    return later(addon.readBuffersAsync, req, undefined, ArrayPrototypeSlice(views), undefined, fd, position);
  }

  /** Node's lib makes the error of a failed write itself. */
  function written(ctx) {
    const result = numbers[0];
    if (result >= 0) return result;
    ctx.errno = result;
    ctx.syscall = 'write';
    return result;
  }

  function writeBuffer(fd, buffer, at, length, position, req, ctx) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), writeBuffer);
    position = offset(position);
    if (req === undefined) {
      numbers[0] = fd;
      numbers[1] = at;
      numbers[2] = length;
      numbers[3] = position;
      addon.writeBuffer(buffer);
      return written(ctx);
    }
    if (!isOurs(req)) return native.writeBuffer(...arguments);
    return later(addon.writeBufferAsync, req, undefined, buffer, undefined, fd, at, length, position);
  }

  function writeBuffers(fd, views, position, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), writeBuffers);
    position = offset(position);
    if (req === undefined) {
      const spread = views.length > 0 && views.length <= SPREAD;
      numbers[0] = fd;
      numbers[1] = position;
      numbers[2] = spread ? 1 : 0;
      if (spread) ReflectApply(addon.writeBuffers, addon, views);
      else addon.writeBuffers(views);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('write')], writeBuffers), 'write');
      return numbers[0];
    }
    if (!isOurs(req)) return native.writeBuffers(...arguments);
    return later(addon.writeBuffersAsync, req, undefined, ArrayPrototypeSlice(views), undefined, fd, position);
  }

  function writeString(fd, string, position, encoding, req, ctx) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), writeString);
    const number = encodingNumber(encoding);
    if (isBytes(number)) {
      // Hex and base64 are bytes in disguise: Node's own decoder, then a write of bytes.
      const bytes = Buffer.from(string, encoding);
      return writeBuffer(fd, bytes, 0, bytes.byteLength, position, req, ctx);
    }
    position = offset(position);
    if (req === undefined) {
      numbers[0] = fd;
      numbers[1] = position;
      numbers[2] = number;
      numbers[3] = string.length;
      addon.writeString(string);
      return written(ctx);
    }
    if (!isOurs(req)) return native.writeString(...arguments);
    return later(addon.writeStringAsync, req, undefined, string, undefined, fd, position, number, string.length);
  }

  function readFileUtf8(path, flags) {
    const isDescriptor = typeof path === 'number';
    numbers[0] = isDescriptor ? path : flags;
    const text = isDescriptor ? addon.readFileUtf8() : addon.readFileUtf8(path);
    if (numbers[FAILED] !== 0) {
      // Of its system calls, only open has a path.
      const syscall = STEPS[numbers[STEP]];
      const named = syscall === 'open' ? path : undefined;
      throw failed(ReflectConstruct(Error, [message(syscall, named)], readFileUtf8), syscall, named);
    }
    return text;
  }

  function writeFileUtf8(path, data, flags, mode) {
    numbers[0] = data.length;
    if (typeof path === 'number') {
      numbers[1] = path;
      addon.writeFileUtf8(data);
    } else {
      numbers[1] = flags;
      numbers[2] = mode;
      addon.writeFileUtf8(data, path);
    }
    if (numbers[FAILED] !== 0) {
      // Of its system calls, only open has a path.
      const syscall = STEPS[numbers[STEP]];
      const named = syscall === 'open' ? path : undefined;
      throw failed(ReflectConstruct(Error, [message(syscall, named)], writeFileUtf8), syscall, named);
    }
  }

  function readdir(path, encoding, withTypes, req) {
    const number = encodingNumber(encoding);
    const types = withTypes === true;
    const convert =
      number === BUFFER ? (types ? buffersAndTypes : buffers) : types ? namesAndTypes : names;
    if (req === undefined) {
      numbers[0] = number;
      numbers[1] = types ? 1 : 0;
      const listing = number === BUFFER ? addon.readdirBuffers(path) : addon.readdir(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('scandir', path)], readdir), 'scandir', path);
      return convert(listing);
    }
    if (!isOurs(req)) return native.readdir(...arguments);
    return later(addon.readdirAsync, req, convert, path, undefined, number, types ? 1 : 0);
  }

  function mkdir(path, mode, recursive, req) {
    if (req === undefined) {
      numbers[0] = mode;
      const result = recursive === true ? addon.mkdirRecursive(path) : addon.mkdir(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('mkdir', path)], mkdir), 'mkdir', path);
      return result;
    }
    if (!isOurs(req)) return native.mkdir(...arguments);
    return later(recursive === true ? addon.mkdirRecursiveAsync : addon.mkdirAsync, req, undefined, path, undefined, mode);
  }

  function rmdir(path, req) {
    if (req === undefined) {
      addon.rmdir(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('rmdir', path)], rmdir), 'rmdir', path);
      return undefined;
    }
    if (!isOurs(req)) return native.rmdir(...arguments);
    return later(addon.rmdirAsync, req, undefined, path);
  }

  function unlink(path, req) {
    if (req === undefined) {
      addon.unlink(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('unlink', path)], unlink), 'unlink', path);
      return undefined;
    }
    if (!isOurs(req)) return native.unlink(...arguments);
    return later(addon.unlinkAsync, req, undefined, path);
  }

  function rename(from, to, req) {
    if (req === undefined) {
      addon.rename(from, to);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('rename', from, to)], rename), 'rename', from, to);
      return undefined;
    }
    if (!isOurs(req)) return native.rename(...arguments);
    return later(addon.renameAsync, req, undefined, from, to);
  }

  function realpath(path, encoding, req) {
    const number = encodingNumber(encoding);
    if (req === undefined) {
      numbers[0] = number;
      const result = addon.realpath(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('realpath', path)], realpath), 'realpath', path);
      return result;
    }
    if (!isOurs(req)) return native.realpath(...arguments);
    return later(addon.realpathAsync, req, undefined, path, undefined, number);
  }

  const ported = {
    access,
    close,
    existsSync,
    fstat,
    internalModuleStat,
    lstat,
    mkdir,
    open,
    openFileHandle,
    read,
    readBuffers,
    readFileUtf8,
    readdir,
    realpath,
    rename,
    rmdir,
    stat,
    unlink,
    writeBuffer,
    writeBuffers,
    writeFileUtf8,
    writeString,
  };
  // They construct their errors (see system-error.js).
  for (const throwing of Object.values(ported)) throwing.prototype = ErrorPrototype;
  // What stays native gets a native request where it is given one of ours.
  const adaptedNative = (name) =>
    nativeFallback(native[name], FSReqCallback, (request) => nativeRequest(native.FSReqCallback, request));
  const adapted = {};
  for (const [name, value] of Object.entries(native)) {
    if (typeof value !== 'function' || /^[A-Z]/.test(name) || Object.hasOwn(ported, name)) continue;
    adapted[name] = adaptedNative(name);
  }
  if (!internals.internalBinding('worker').isMainThread) {
    // A worker closes what it leaves open, from a list that only the native functions keep.
    ported.open = adaptedNative('open');
    ported.close = adaptedNative('close');
  } else if (native.ReadFileJob !== undefined) {
    const start = (job, convert, path, flags, most) =>
      later(addon.readSmallFileAsync, job, convert, path, undefined, flags, most);
    ported.ReadFileJob = readFileJobClass({ Request, start, words });
  }
  return { fs: { ...adapted, ...ported, FSReqCallback, FileHandle, statValues: stats, bigintStatValues: bigStats } };
};

/** A native request that stands in for one of the port's. */
function nativeRequest(NativeFSReqCallback, request) {
  const standIn = new NativeFSReqCallback(request.bigint);
  if (request.encoding !== undefined) standIn.encoding = request.encoding;
  return standIn;
}

module.exports.install = {
  // These copy the request class while they load; fs_dir unwraps native requests. internal/fs/utils copies nothing,
  // and a second one would make a second Dirent.
  keepNative: ['internal/fs/dir'],
  replace: ['internal/fs/read/context', 'fs'],
};
