'use strict';

const UV_TTY = 14;

/**
 * TTY.
 * @param {object} frame
 */
function terminalClass({ addon, internals, words, LibuvStreamWrap, ask, open }) {
  const { internalBinding } = internals;

  class TTY extends LibuvStreamWrap {
    /**
     * @param {number} fd
     * @param {object} context Gets the facts of an error, from which lib makes it.
     */
    constructor(fd, context) {
      super('TTYWRAP');
      const status = open(this, UV_TTY, fd);
      if (status !== 0) describe(context, status, 'uv_tty_init');
    }

    /** @returns {number} 0, or an error number; `[columns, rows]` are put into `size`. */
    getWindowSize(size) {
      const status = ask(this, addon.ttyWindowSize);
      if (status === 0) {
        size[0] = words[1];
        size[1] = words[2];
      }
      return status;
    }

    setRawMode(mode) {
      return ask(this, addon.ttySetMode, Number(mode));
    }
  }

  /** As `CollectUVExceptionInfo` of node's C++. */
  function describe(context, errno, syscall) {
    const [code, message] = internalBinding('uv').getErrorMap().get(errno);
    Object.assign(context, { errno, code, message, syscall });
  }

  return TTY;
}

module.exports = { terminalClass };
