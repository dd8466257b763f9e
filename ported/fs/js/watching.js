'use strict';

/** Where the addon says that changes wait; other listeners have higher numbers. */
const CHANGES = 0;

/** What the handles of a thread watch, by addon: there is one inotify instance, and worlds share it. */
const registries = new WeakMap();

/** The handles on one file where there is more than one: libuv goes on naming it as the first of them did. */
class Shared {
  constructor(first) {
    this.first = first;
    this.handles = new Set().add(first);
  }

  get basename() {
    return this.first.basename;
  }

  with(handle) {
    this.handles.add(handle);
    return this;
  }
}

/**
 * The watches of this thread. Several handles may watch one file, which the kernel then names with one number.
 * @param {object} parts Of the frame.
 * @returns {{ add: (path: string | Uint8Array, handle: object, holds: boolean) => number, remove: (watch: number, handle: object) => void }}
 *   `add` returns a number, and has the event loop held where `holds` says so, or, negative, an errno. A
 *   handle's `changed(renamed, name)` is called with the name as Latin-1, which has a character for each of its bytes:
 *   its own `basename` where the kernel gives none.
 */
function watches({ addon, numbers, listeners }) {
  let registry = registries.get(addon);
  if (registry !== undefined) return registry;
  /** By number: the handle, or a {@link Shared}; most files are watched once, and a set for each would cost much. */
  const watched = new Map();

  // As libuv reads: until nothing waits, also what the callbacks themselves have changed.
  listeners.set(CHANGES, () => {
    for (let changes; (changes = addon.readChanges()) !== undefined; ) {
      for (let i = 0; i < changes.length; i += 3) tell(changes[i], changes[i + 1], changes[i + 2]);
    }
  });

  function tell(watch, renamed, name) {
    const watcher = watched.get(watch);
    if (watcher === undefined) return;
    if (!(watcher instanceof Shared)) {
      watcher.changed(renamed, name === '' ? watcher.basename : name);
      return;
    }
    // A callback may close handles and begin to watch.
    for (const handle of [...watcher.handles]) {
      if (watcher.handles.has(handle)) handle.changed(renamed, name === '' ? watcher.basename : name);
    }
  }

  registry = {
    add(path, handle, holds) {
      numbers[0] = holds ? 1 : 0;
      addon.watch(path);
      const watch = numbers[0];
      if (watch < 0) return watch;
      const watcher = watched.get(watch);
      if (watcher === undefined) watched.set(watch, handle);
      else if (watcher instanceof Shared) watcher.handles.add(handle);
      else watched.set(watch, new Shared(watcher).with(handle));
      return watch;
    },

    remove(watch, handle) {
      const watcher = watched.get(watch);
      if (watcher !== handle) {
        watcher.handles.delete(handle);
        if (watcher.handles.size > 0) return;
      }
      watched.delete(watch);
      numbers[0] = watch;
      addon.unwatch();
    },
  };
  registries.set(addon, registry);
  return registry;
}

module.exports = { watches };
