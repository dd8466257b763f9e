'use strict';

const { FAILED } = require('./system-error.js');

/**
 * FileHandle: an open file that closes itself when it is collected.
 *
 * Native code knows a file by its own class. It is given one where it must have it: as a stream (lib asks for a range
 * then, and pipes it to a socket in C++), and when a handle travels to another thread, for only C++ can close what is
 * in a message that nobody receives.
 * @param {import('./frame.js').Frame} frame
 * @param {{ closeSync: (fd: number) => void }} parts
 * @returns {Function}
 */
function fileHandleClass(frame, { closeSync }) {
  const { addon, internals, requireLib, native, numbers, failed, pathText, Handle, FileHandleCloseReq, later, whenCollected } = frame;
  const { internalBinding, requireBuiltin } = internals;
  const { isMainThread } = internalBinding('worker');
  const { kTransferList } = requireBuiltin('internal/worker/js_transferable');

  const watchCollection = whenCollected(({ fd, path }) => {
    forgetInWorker(fd);
    const where = path === undefined ? '<unknown path>' : pathText(path);
    numbers[0] = fd;
    addon.close();
    if (numbers[FAILED] === 0) tellCollected(fd, where);
    else throwAlone(failed(new Error(), 'close'), ({ code }) => `${code}: Closing file descriptor ${fd} on garbage collection failed (${where}), close`);
  });

  let mayDeprecate = true;
  function tellCollected(fd, where) {
    if (parseInt(process.versions.node) >= 25) {
      const error = new Error();
      error.code = 'ERR_INVALID_STATE';
      throwAlone(error, () =>
        'A FileHandle object was closed during garbage collection. This used to be allowed with a deprecation warning ' +
        `but is now considered an error. Please close FileHandle objects explicitly. File descriptor: ${fd} (${where})`);
      return;
    }
    process.emitWarning(`Closing file descriptor ${fd} on garbage collection`);
    if (!mayDeprecate) return;
    mayDeprecate = false;
    process.emitWarning(
      'Closing a FileHandle object on garbage collection is deprecated. Please close FileHandle objects explicitly using ' +
        'FileHandle.prototype.close(). In the future, an error will be thrown if a file descriptor is closed during garbage collection.',
      'DeprecationWarning',
      'DEP0137',
    );
  }

  /** An error that no code has thrown: it has no stack. */
  function throwAlone(error, message) {
    Object.defineProperty(error, 'message', { value: message(error), writable: true, configurable: true });
    error.stack = `Error: ${error.message}`;
    internalBinding('errors').triggerUncaughtException(error, false);
  }

  let mayTravel = false;
  /** Lib's FileHandle says in kTransferList what travels with it: from then on it has a native handle. */
  function letTravel() {
    mayTravel = true;
    const { FileHandle: LibFileHandle, kHandle } = requireLib('internal/fs/promises');
    const { prototype } = LibFileHandle;
    const { [kTransferList]: transferList } = prototype;
    prototype[kTransferList] = function () {
      if (this[kHandle] instanceof FileHandle) this[kHandle] = asNative(this[kHandle]);
      return transferList.call(this);
    };
  }

  // What a worker leaves open is closed with it.
  function keepInWorker(fd) {
    if (isMainThread) return;
    numbers[0] = fd;
    addon.keepDescriptor();
  }
  function forgetInWorker(fd) {
    if (isMainThread) return;
    numbers[0] = fd;
    addon.forgetDescriptor();
  }

  class FileHandle extends Handle {
    #fd;
    #closing;
    #collection;

    /** With an offset or a length it is a stream for native code. `path` is for messages. */
    constructor(fd, offset, length, path) {
      if (offset !== undefined || length !== undefined) return new native.FileHandle(fd, offset, length);
      super('FILEHANDLE');
      this.#fd = fd;
      this.#collection = watchCollection(this, { fd, path });
      keepInWorker(fd);
      if (!mayTravel) letTravel();
    }

    get fd() {
      return this.#fd;
    }

    /** @returns {Promise<void>} The same one for every call. */
    close() {
      this.#closing ??= later(addon.closeAsync, new FileHandleCloseReq(), undefined, undefined, undefined, this.#release());
      return this.#closing;
    }

    /** Does nothing when the file is closed or closing. */
    closeSync() {
      if (this.#fd >= 0) closeSync(this.#release());
    }

    /** Leaves the descriptor to the caller. */
    releaseFD() {
      if (this.#fd >= 0) this.#release();
    }

    static native(handle) {
      return handle.#fd < 0 ? handle : new native.FileHandle(handle.#release());
    }

    #release() {
      const fd = this.#fd;
      this.#fd = -1;
      this.#collection.close();
      forgetInWorker(fd);
      return fd;
    }
  }
  const { native: asNative } = FileHandle;
  delete FileHandle.native;
  return FileHandle;
}

module.exports = { fileHandleClass };
