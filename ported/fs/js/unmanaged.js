'use strict';

const { FAILED } = require('./system-error.js');

/**
 * What a worker has open by number alone, which is closed when it ends. Node's environment has such a list, to which
 * Node-API gives no way, so the port has its own.
 * @param {object} parts
 * @returns {{ opened: (fd: number) => number, isClosing: (fd: number) => boolean } | undefined} Undefined where nothing
 *   is tracked: on the main thread, and in a worker that was made with `trackUnmanagedFds: false`.
 */
function unmanagedDescriptors({ addon, internals, native, numbers }) {
  if (internals.internalBinding('worker').isMainThread || !nativeTracks()) return undefined;

  /** Nothing says whether this environment tracks but the warning about a descriptor that is not on its list. */
  function nativeTracks() {
    const { emitWarning } = process;
    let warned = false;
    process.emitWarning = () => {
      warned = true;
    };
    try {
      numbers[0] = 0;
      addon.open('/dev/null');
      if (numbers[FAILED] === 0) native.close(numbers[0]);
      // Without a descriptor to ask with, what workers do unless they are told otherwise.
      else warned = true;
      numbers[FAILED] = 0;
    } finally {
      process.emitWarning = emitWarning;
    }
    return warned;
  }

  return {
    /** Puts it on the list. */
    opened(fd) {
      numbers[0] = fd;
      addon.trackDescriptor();
      if (numbers[0] === 0) process.emitWarning(`File descriptor ${fd} opened in unmanaged mode twice`);
      return fd;
    },

    /** Takes it off the list. False when it was not there: it may be on the native one. */
    isClosing(fd) {
      numbers[0] = fd;
      addon.untrackDescriptor();
      return numbers[0] !== 0;
    },
  };
}

module.exports = { unmanagedDescriptors };
