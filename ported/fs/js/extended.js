'use strict';

const { table } = require('../../../shims/v8-gap/index.js');
const { connect, share } = require('./connection.js');
const { FAILED } = require('./system-error.js');

/** What stands for an errno when a typed function leaves a call to the ordinary one. */
const ASK_AGAIN = 1;

/**
 * The variant node-api+ext: small calls are typed functions of shims/v8-gap, which optimized code calls without a
 * callback. Each is written out, because V8 does so only where it knows from the call's own feedback which it is.
 * @param {object} port
 * @param {object} port.addon
 * @param {object} port.asyncContext
 * @returns {object} The addon with these functions.
 * @throws {Error} `ERR_PORTLAB_V8_GAP_ABSENT` when no extensions were built for this Node.
 */
module.exports = function extended({ addon, asyncContext }) {
  const extensions = table();
  const { numbers } = connect(addon, asyncContext);
  const typed = addon.withExtensions(extensions);

  function isLeft() {
    if (numbers[FAILED] !== ASK_AGAIN) return false;
    numbers[FAILED] = 0;
    return true;
  }

  return share(addon, {
    ...addon,
    access(path) {
      typed.access(path);
      if (isLeft()) addon.access(path);
    },
    close() {
      typed.close();
      if (isLeft()) addon.close();
    },
    fstat() {
      typed.fstat();
      if (isLeft()) addon.fstat();
    },
    isMissing(path) {
      typed.isMissing(path);
      if (isLeft()) return addon.isMissing(path);
      return numbers[0] === 1 ? true : undefined;
    },
    lstat(path, options) {
      if (options !== undefined) return addon.lstat(path, options);
      typed.lstat(path);
      return isLeft() ? addon.lstat(path) : undefined;
    },
    moduleStat(path) {
      typed.moduleStat(path);
      if (isLeft()) addon.moduleStat(path);
    },
    open(path) {
      typed.open(path);
      if (isLeft()) addon.open(path);
    },
    stat(path, options) {
      if (options !== undefined) return addon.stat(path, options);
      typed.stat(path);
      return isLeft() ? addon.stat(path) : undefined;
    },
  });
};
