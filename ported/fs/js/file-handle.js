'use strict';

/**
 * The port's FileHandle: the native class, which closes on garbage collection, moves between threads and serves
 * as a stream, with the port's close.
 * @param {Function} NativeFileHandle
 * @param {{ close: (fd: number) => Promise<void>, closeSync: (fd: number) => void }} port
 * @returns {Function}
 */
function fileHandleClass(NativeFileHandle, port) {
  return class FileHandle extends NativeFileHandle {
    #closing;

    /** @returns {Promise<void>} The same one for every call. */
    close() {
      this.#closing ??= port.close(this.#release());
      return this.#closing;
    }

    /** Does nothing when the file is closed or closing. */
    closeSync() {
      if (this.fd >= 0) port.closeSync(this.#release());
    }

    /** From here on the native object is closed and leaves the descriptor alone. */
    #release() {
      const { fd } = this;
      super.releaseFD();
      return fd;
    }
  };
}

module.exports = { fileHandleClass };
