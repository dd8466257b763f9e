'use strict';

/** What `init` of a native zlib handle was given where it is not Node's default, by handle. */
const given = new WeakMap();
const DEFAULT_WINDOW_BITS = 15;
const DEFAULT_MEM_LEVEL = 8;
const LEARNS = Symbol('learns');

/**
 * Learns the options that streams of zlib hand to their handle and keep nowhere else: window bits, memory level and
 * dictionary.
 * @param {import('../../../../shims/internal-binding/reach.js').Internals} internals
 * @returns {(stream: object) => { mode: number, level: number, windowBits: number, memLevel: number, strategy: number,
 *   finishFlush: number, dictionary: Uint8Array | undefined }}
 */
function zlibOptions({ internalBinding, primordials: { ReflectApply } }) {
  const { prototype } = internalBinding('zlib').Zlib;
  const { init } = prototype;
  // All worlds share the class.
  if (!(LEARNS in init)) {
    prototype.init = function (windowBits, level, memLevel, strategy, state, callback, dictionary) {
      if (windowBits !== DEFAULT_WINDOW_BITS || memLevel !== DEFAULT_MEM_LEVEL || dictionary !== undefined) {
        given.set(this, { windowBits, memLevel, dictionary });
      }
      return ReflectApply(init, this, arguments);
    };
    Object.defineProperties(prototype.init, { name: { value: init.name }, length: { value: init.length }, [LEARNS]: { value: true } });
  }
  return function optionsOf({ _handle, _level, _mode, _strategy, _finishFlushFlag }) {
    const { windowBits = DEFAULT_WINDOW_BITS, memLevel = DEFAULT_MEM_LEVEL, dictionary } = given.get(_handle) ?? {};
    return { mode: _mode, level: _level, windowBits, memLevel, strategy: _strategy, finishFlush: _finishFlushFlag, dictionary };
  };
}

module.exports = { zlibOptions };
