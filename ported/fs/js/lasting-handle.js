'use strict';

/** Begins to be active: the event loop goes on for it as long as it is referenced. */
const kActivate = Symbol('activate');
/** What a subclass does to be active no more. */
const kStop = Symbol('stop');
const kIsOpen = Symbol('isOpen');
const kOnClose = Symbol('handle_onclose');

/**
 * A handle on what lasts, as HandleWrap is.
 * @param {object} parts Of the frame.
 */
function lastingHandleClass({ addon, numbers, listeners, nextListener, Handle, callBack, closeHandle }) {
  // Those of one turn share one message. A list through the handles, which never has to grow.
  let firstClosing;
  let lastClosing;
  const closed = nextListener();
  listeners.set(closed, () => {
    const first = firstClosing;
    firstClosing = lastClosing = undefined;
    LastingHandle.closed(first);
  });

  class LastingHandle extends Handle {
    #isOpen;
    #isClosing = false;
    #isReferenced = true;
    #isActive = false;
    #holds = false;
    #nextClosing;

    /** @param {boolean} isOpen Whether it counts as open before it is active: some libuv handles do. */
    constructor(type, isOpen) {
      super(type);
      this.#isOpen = isOpen;
    }

    ref() {
      if (this.#isOpen) this.#keep(true);
    }

    unref() {
      if (this.#isOpen) this.#keep(false);
    }

    hasRef() {
      return (this.#isOpen || this.#isClosing) && this.#isReferenced;
    }

    /** On a later turn of the event loop it is closed and `callback` is called. */
    close(callback) {
      if (!this.#isOpen) return;
      if (this.#isActive) this[kStop]();
      this.#isActive = false;
      this.#keep(this.#isReferenced);
      this.#isOpen = false;
      this.#isClosing = true;
      if (typeof callback === 'function') this[kOnClose] = callback;
      if (firstClosing !== undefined) {
        lastClosing = lastClosing.#nextClosing = this;
        return;
      }
      firstClosing = lastClosing = this;
      numbers[0] = ~closed;
      addon.completeAsync();
    }

    /** The turn of the event loop after {@link close}. */
    static closed(first) {
      for (let handle = first; handle !== undefined; ) {
        const next = handle.#nextClosing;
        handle.#nextClosing = undefined;
        handle.#isClosing = false;
        if (handle[kOnClose] !== undefined) callBack(handle, kOnClose);
        closeHandle(handle);
        handle = next;
      }
    }

    get [kIsOpen]() {
      return this.#isOpen;
    }

    /** @param {boolean} [holds] Whether the event loop is held for it already. */
    [kActivate](isReferenced = this.#isReferenced, holds = false) {
      this.#holds = holds;
      this.#isOpen = true;
      this.#isActive = true;
      this.#keep(isReferenced);
    }

    #keep(isReferenced) {
      this.#isReferenced = isReferenced;
      const holds = this.#isActive && isReferenced;
      if (holds === this.#holds) return;
      this.#holds = holds;
      if (holds) addon.hold();
      else addon.letGo();
    }
  }
  return LastingHandle;
}

module.exports = { kActivate, kIsOpen, kStop, lastingHandleClass };
