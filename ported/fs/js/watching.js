'use strict';

/** Where the addon says that changes wait; other listeners have higher numbers. */
const CHANGES = 0;

/** What the handles of a thread watch, by addon: there is one inotify instance, and worlds share it. */
const registries = new WeakMap();

/**
 * The watches of this thread. Several handles may watch one file, which the kernel then names with one number.
 * @param {object} parts Of the frame.
 * @returns {{ add: (path: string | Uint8Array, handle: object, holds: boolean) => number, remove: (watch: number, handle: object) => void }}
 *   `add` returns a number, and has the event loop held where `holds` says so, or, negative, an errno. A handle's `changed(renamed, name)` is called with the name as
 *   Latin-1, which has a character for each of its bytes.
 */
function watches({ addon, numbers, listeners, Buffer }) {
  let registry = registries.get(addon);
  if (registry !== undefined) return registry;
  const watched = new Map();

  // As libuv reads: until nothing waits, also what the callbacks themselves have changed.
  listeners.set(CHANGES, () => {
    for (let changes; (changes = addon.readChanges()) !== undefined; ) {
      for (let i = 0; i < changes.length; i += 3) tell(changes[i], changes[i + 1], changes[i + 2]);
    }
  });

  function tell(watch, renamed, name) {
    const file = watched.get(watch);
    if (file === undefined) return;
    // A callback may close handles and begin to watch.
    for (const handle of [...file.handles]) {
      if (file.handles.has(handle)) handle.changed(renamed, name === '' ? (file.name ??= basename(file.path)) : name);
    }
  }

  registry = {
    add(path, handle, holds) {
      numbers[0] = holds ? 1 : 0;
      addon.watch(path);
      const watch = numbers[0];
      if (watch < 0) return watch;
      const file = watched.get(watch);
      if (file === undefined) watched.set(watch, { path, name: undefined, handles: new Set().add(handle) });
      else file.handles.add(handle);
      return watch;
    },

    remove(watch, handle) {
      const file = watched.get(watch);
      file.handles.delete(handle);
      if (file.handles.size > 0) return;
      watched.delete(watch);
      numbers[0] = watch;
      addon.unwatch();
    },
  };
  registries.set(addon, registry);
  return registry;

  /** What stands behind the last slash, as libuv reports a file that is watched itself. */
  function basename(path) {
    const bytes = Buffer.from(path).latin1Slice();
    return bytes.slice(bytes.lastIndexOf('/') + 1);
  }
}

module.exports = { watches };
