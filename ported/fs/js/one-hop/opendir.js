'use strict';

/** Entries that are read ahead in one job; lib reads 32. */
const BUFFER_SIZE = 1024;

/**
 * opendir: one job reads many entries, so that an iteration goes to the pool once for a thousand of them.
 * @param {import('./hop.js').Hop} hop
 */
module.exports = function opendir({ fs, promises, replace }) {
  const { opendir: callback, opendirSync: sync } = fs;
  const { opendir: promise } = promises;

  /** The options with more to read ahead, unless the caller has said how much; everything invalid stays so. */
  function reading(options) {
    if (options === undefined || options === null) return { bufferSize: BUFFER_SIZE };
    if (typeof options === 'string') return { encoding: options, bufferSize: BUFFER_SIZE };
    if (typeof options !== 'object' || 'bufferSize' in options) return options;
    return { ...options, bufferSize: BUFFER_SIZE };
  }

  replace(promises, 'opendir', function opendir(path, options) {
    // Lib's is promisified: it takes what is too many, or missing, for the callback.
    if (arguments.length !== 1 && arguments.length !== 2) return promise(...arguments);
    return promise(path, reading(options));
  }, 'fs.promises.opendir');

  replace(fs, 'opendir', function opendir(path, options, done) {
    if (typeof options === 'function') return callback(path, reading(undefined), options);
    return callback(path, reading(options), done);
  }, 'fs.opendir');

  replace(fs, 'opendirSync', function opendirSync(path, options) {
    return sync(path, reading(options));
  }, 'fs.opendirSync');
};
