'use strict';

const { encodingNumber } = require('./encodings.js');
const { FAILED } = require('./system-error.js');

/**
 * Operations on names.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function names(frame) {
  const { addon, native, numbers, message, failed, ReflectConstruct, isOurs, later } = frame;
  function unlink(path, req) {
    if (req === undefined) {
      addon.unlink(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('unlink', path)], unlink), 'unlink', path);
      return undefined;
    }
    if (!isOurs(req)) return native.unlink(...arguments);
    return later(addon.unlinkAsync, req, undefined, path);
  }

  function rename(from, to, req) {
    if (req === undefined) {
      addon.rename(from, to);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('rename', from, to)], rename), 'rename', from, to);
      return undefined;
    }
    if (!isOurs(req)) return native.rename(...arguments);
    return later(addon.renameAsync, req, undefined, from, to);
  }

  function realpath(path, encoding, req) {
    const number = encodingNumber(encoding);
    if (req === undefined) {
      numbers[0] = number;
      const result = addon.realpath(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('realpath', path)], realpath), 'realpath', path);
      return result;
    }
    if (!isOurs(req)) return native.realpath(...arguments);
    return later(addon.realpathAsync, req, undefined, path, undefined, number);
  }

  return { realpath, rename, unlink };
};
