'use strict';

/**
 * What happens to a handle that was not closed when the collector finds it. Native classes do this in their
 * destructors, and tell in an immediate; a registry's callback runs at about that time.
 * @param {object} internals
 */
function collection({ requireBuiltin }) {
  const { destroyHooksExist, emitDestroy } = requireBuiltin('internal/async_hooks');

  /**
   * @template T
   * @param {(held: T) => void} dispose Not called for what was closed.
   * @returns {(handle: object, held: T) => { close: () => void }} Watches a handle; `close` is for when it is closed.
   */
  return function whenCollected(dispose) {
    const registry = new FinalizationRegistry((watched) => {
      emitDestroy(watched.asyncId);
      if (watched.isOpen) dispose(watched.held);
    });

    class Watched {
      constructor(asyncId, held) {
        this.asyncId = asyncId;
        this.held = held;
        this.isOpen = true;
      }

      /**
       * What a registry watches outlives the young generation, which grows with that; so it is let go, unless somebody
       * waits for its destruction. Who begins to wait only later has not seen it begin either.
       */
      close() {
        this.isOpen = false;
        if (!destroyHooksExist()) registry.unregister(this);
      }
    }

    return function watch(handle, held) {
      const watched = new Watched(handle.getAsyncId(), held);
      registry.register(handle, watched, watched);
      return watched;
    };
  };
}

module.exports = { collection };
