'use strict';

/**
 * What happens to a handle that was not closed when the collector finds it. Native classes do this in their
 * destructors, and tell in an immediate; a registry's callback runs at about that time.
 * @param {object} internals
 */
function collection({ requireBuiltin }) {
  const { emitDestroy } = requireBuiltin('internal/async_hooks');

  /**
   * @template T
   * @param {(held: T) => void} dispose Not called for what was closed.
   * @returns {(handle: object, held: T) => { open: boolean }} Watches a handle; set `open` to false when it is closed.
   */
  return function whenCollected(dispose) {
    const registry = new FinalizationRegistry((entry) => {
      emitDestroy(entry.asyncId);
      if (entry.open) dispose(entry.held);
    });
    return function watch(handle, held) {
      const entry = { asyncId: handle.getAsyncId(), held, open: true };
      registry.register(handle, entry);
      return entry;
    };
  };
}

module.exports = { collection };
