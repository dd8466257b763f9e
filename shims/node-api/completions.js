'use strict';

/**
 * The JavaScript side of the completion queue of shims/node-api (`completions` in Rust documents the batch).
 *
 *     const batch = new Batch((slot, error, value) => { … });
 *     addon.connect(batch.drain, batch.entries, batch.words);
 *
 * A result that came as words is an offset: read it before the callback returns.
 *
 *     const stats = batch.words.slice(value, value + 18);
 */

const HEADER = 2;
const UNDEFINED = 0;
const VALUE = 1;
const ERROR = 2;
const NUMBER = 3;

/** What the addon and JavaScript share, and the function that the addon calls. */
class Batch {
  /**
   * @param {(slot: number, error: unknown, value: any, more: boolean) => void} settle Called once for each
   *   completion, in order. `error` is undefined on success. `more` says that another completion follows before
   *   the event loop goes on, so that ticks and microtasks have to be run in between. What it throws becomes an
   *   uncaughtException, and the rest of the batch goes on.
   * @param {{ capacity?: number, stride?: number }} [options] Completions in one call; words for each.
   */
  constructor(settle, { capacity = 64, stride = 18 } = {}) {
    const entries = new Int32Array(HEADER + 2 * capacity);
    const words = new Float64Array(capacity * stride);
    /** @type {Int32Array} Written by the addon. */
    this.entries = entries;
    /** @type {Float64Array} Written by the addon. */
    this.words = words;
    /** @type {BigInt64Array} The same memory. */
    this.bigWords = new BigInt64Array(words.buffer);

    let next = 0;
    let count = 0;
    let argument = 0;
    let values;
    /** Called by the addon; again after it threw, to go on with the rest. */
    this.drain = function drain() {
      if (entries[0] !== 0) {
        count = entries[0];
        next = argument = 0;
        values = arguments;
      }
      while (next < count) {
        // Counted before the callback runs, for it may throw.
        const i = next++;
        const slot = entries[HEADER + 2 * i];
        const kind = entries[HEADER + 2 * i + 1];
        const more = next < count || entries[1] !== 0;
        if (kind === UNDEFINED) settle(slot, undefined, undefined, more);
        else if (kind === VALUE) settle(slot, undefined, values[argument++], more);
        else if (kind === ERROR) settle(slot, values[argument++], undefined, more);
        else if (kind === NUMBER) settle(slot, undefined, words[i * stride], more);
        else settle(slot, undefined, i * stride, more);
      }
      values = undefined;
    };
  }
}

module.exports = { Batch };
