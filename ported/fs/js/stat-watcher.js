'use strict';

const { kActivate, kIsOpen, kStop, lastingHandleClass } = require('./lasting-handle.js');

const FIELDS = 18;
const BIGINT = 1;

/**
 * StatWatcher: a file that is looked at again and again, on a thread of the port's own, which tells when it changed.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Classes of the binding, by name.
 */
module.exports = function statWatcher(frame) {
  const { addon, numbers, stats, bigStats, batch, listeners, nextListener, callBack } = frame;
  const LastingHandle = lastingHandleClass(frame);

  class StatWatcher extends LastingHandle {
    #bigint;
    #words;
    #prior;
    #listener = -1;
    #wasLookedAt = false;

    constructor(bigint) {
      super('STATWATCHER', true);
      this.#bigint = bigint === true;
      this.#words = this.#bigint ? batch.bigWords : batch.words;
      this.#prior = this.#bigint ? new BigInt64Array(FIELDS) : new Float64Array(FIELDS);
    }

    /** @returns {number | undefined} Negative an errno. */
    start(path, interval) {
      // Native code aborts the process here.
      if (!this[kIsOpen] || this.#listener >= 0) throw new Error('a StatWatcher can be started once, before it is closed');
      const id = nextListener() - 1 + (this.#bigint ? BIGINT : 0);
      numbers[0] = id;
      numbers[1] = interval;
      addon.startPoll(path);
      if (numbers[0] < 0) return numbers[0];
      // The event loop waits for the first look, whoever is referenced.
      addon.hold();
      this.#listener = id + 1;
      listeners.set(this.#listener, (found) => this.#looked(found));
      this[kActivate]();
      return undefined;
    }

    /** @param {number} found Where the words of the stat stand, or negative an errno. */
    #looked(found) {
      const isFirst = !this.#wasLookedAt;
      this.#wasLookedAt = true;
      if (isFirst) addon.letGo();
      const current = found < 0 ? undefined : this.#words.slice(found, found + FIELDS);
      const both = this.#bigint ? bigStats : stats;
      if (current === undefined) both.fill(this.#bigint ? 0n : 0, 0, FIELDS);
      else both.set(current);
      both.set(this.#prior, FIELDS);
      if (current !== undefined) this.#prior = current;
      // A file that is there when the watching begins is no news.
      if (current === undefined || !isFirst) callBack(this, 'onchange', found < 0 ? found : 0, both);
    }

    [kStop]() {
      if (!this.#wasLookedAt) addon.letGo();
      listeners.delete(this.#listener);
      numbers[0] = this.#listener - 1;
      addon.stopPoll();
    }
  }

  return { StatWatcher };
};
