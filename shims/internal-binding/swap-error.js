'use strict';

/**
 * A swap that cannot be made. The message says what happened, where, and what to do next.
 */
class SwapError extends Error {
  /**
   * @param {string} code One of the PORTLAB_* codes, for programs.
   * @param {string} message For people; `portlab: ` is put in front.
   * @param {unknown} [cause] What the host answered.
   */
  constructor(code, message, cause) {
    super(`portlab: ${message}`, cause === undefined ? undefined : { cause });
    this.name = 'SwapError';
    this.code = code;
  }
}

module.exports = { SwapError };
