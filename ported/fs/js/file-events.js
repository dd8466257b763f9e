'use strict';

const { encodingNumber } = require('./encodings.js');
const { kActivate, kIsOpen, kStop, lastingHandleClass } = require('./lasting-handle.js');
const { watches } = require('./watching.js');

const UTF8 = 1;
const LATIN1 = 4;
const BUFFER = 6;

/**
 * The binding fs_event_wrap: changes of files and directories.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Classes of the binding, by name.
 */
module.exports = function fileEvents(frame) {
  const { Buffer, callBack } = frame;
  const LastingHandle = lastingHandleClass(frame);
  const watching = watches(frame);

  class FSEvent extends LastingHandle {
    #watch = -1;
    #path;
    #basename;
    #encoding = 'utf8';

    constructor() {
      super('FSEVENTWRAP', false);
    }

    get initialized() {
      return this[kIsOpen];
    }

    /**
     * Linux watches no trees: `_recursive` is ignored, as libuv does.
     * @returns {number} 0, or negative an errno.
     */
    start(path, persistent, _recursive, encoding) {
      // Native code aborts the process here.
      if (this[kIsOpen]) throw new Error('this FSEvent was started already');
      const isReferenced = persistent === true;
      this.#path = path;
      const watch = watching.add(path, this, isReferenced);
      this.#watch = watch;
      this.#encoding = encoding;
      this[kActivate](isReferenced || watch < 0, isReferenced && watch >= 0);
      if (watch >= 0) return 0;
      this.close();
      return watch;
    }

    /** What stands behind the last slash, in Latin-1, as libuv reports a file that is watched itself. */
    get basename() {
      if (this.#basename === undefined) {
        const bytes = Buffer.from(this.#path).latin1Slice();
        this.#basename = bytes.slice(bytes.lastIndexOf('/') + 1);
      }
      return this.#basename;
    }

    /** @param {string} name As Latin-1, which has a character for each of its bytes. */
    changed(renamed, name) {
      callBack(this, 'onchange', 0, renamed ? 'rename' : 'change', inEncoding(name, this.#encoding));
    }

    [kStop]() {
      if (this.#watch >= 0) watching.remove(this.#watch, this);
    }
  }

  function inEncoding(name, encoding) {
    const number = encodingNumber(encoding);
    if (number === LATIN1) return name;
    const bytes = Buffer.from(name, 'latin1');
    if (number === BUFFER) return bytes;
    return bytes.toString(number === UTF8 ? 'utf8' : encoding);
  }

  return { FSEvent };
};
