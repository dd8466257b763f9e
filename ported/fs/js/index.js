'use strict';

/**
 * The JavaScript half of the fs port: request classes, validation, and results that are cheaper to make here
 * than across the boundary. Semantics are in Rust. This composes the stories; frame.js has what they share.
 */

const { frame: createFrame } = require('./frame.js');
const fileEvents = require('./file-events.js');
const openDirectories = require('./open-directories.js');

/** What the binding fs is made of. */
const stories = [
  require('./attributes.js'),
  require('./content.js'),
  require('./descriptors.js'),
  require('./directories.js'),
  require('./links.js'),
  require('./loader.js'),
  require('./metadata.js'),
  require('./names.js'),
  require('./trees.js'),
  require('./stat-watcher.js'),
  require('./whole-file.js'),
];

/**
 * @param {object} port
 * @param {object} port.addon The addon's exports.
 * @param {object} port.internals What shims/internal-binding reaches.
 * @param {Record<string, object>} port.native The native bindings.
 * @param {object} port.asyncContext shims/internal-binding/async-context.js
 * @param {(id: string) => any} port.requireLib The builtins that run on this port.
 * @returns {{ fs: object, fs_dir: object, fs_event_wrap: object }} The properties that replace those of the native
 *   bindings.
 */
module.exports = function create(port) {
  const frame = createFrame(port);
  const { native, internals, stats, bigStats, statFs, bigStatFs, FSReqCallback } = frame;
  const ported = Object.assign({}, ...stories.map((story) => story(frame)));
  const directories = openDirectories(frame);
  for (const [name, value] of [...Object.entries(ported), ...Object.entries(directories)]) {
    // They construct their errors (see system-error.js).
    if (!isClass(name)) value.prototype = internals.primordials.ErrorPrototype;
  }
  const adapted = {};
  for (const [name, value] of Object.entries(native)) {
    if (typeof value === 'function' && !isClass(name) && !Object.hasOwn(ported, name)) adapted[name] = frame.nativeFor(name);
  }
  return {
    fs: {
      ...adapted,
      ...ported,
      FSReqCallback,
      statValues: stats,
      bigintStatValues: bigStats,
      statFsValues: statFs,
      bigintStatFsValues: bigStatFs,
    },
    fs_dir: directories,
    fs_event_wrap: fileEvents(frame),
  };
};

const isClass = (name) => /^[A-Z]/.test(name);

module.exports.install = {
  // These copy classes of the bindings while they load. internal/fs/utils copies nothing, and a second one would make a
  // second Dirent.
  replace: ['internal/fs/read/context', 'internal/fs/dir', 'internal/fs/watchers', 'fs'],
};

module.exports.features = { ext: { addon: require('./extended.js') }, onehop: require('./one-hop/index.js') };
