'use strict';

const { encodingNumber } = require('./encodings.js');
const { FAILED } = require('./system-error.js');

/**
 * Links, and copies of files.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function links(frame) {
  const { addon, native, numbers, message, failed, ReflectConstruct, accessMode, hide, isOurs, later } = frame;

  function link(existing, path, req) {
    if (req === undefined) {
      addon.link(existing, path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('link', existing, path)], link), 'link', existing, path);
      return undefined;
    }
    if (!isOurs(req)) return native.link(...arguments);
    return later(addon.linkAsync, req, undefined, existing, path);
  }

  /** The flags are for Windows. */
  function symlink(target, path, flags, req) {
    if (req === undefined) {
      addon.symlink(target, path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('symlink', target, path)], symlink), 'symlink', target, path);
      return undefined;
    }
    if (!isOurs(req)) return native.symlink(...arguments);
    return later(addon.symlinkAsync, req, undefined, target, path);
  }

  function readlink(path, encoding, req) {
    const number = encodingNumber(encoding);
    if (req === undefined) {
      numbers[0] = number;
      const result = addon.readlink(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('readlink', path)], readlink), 'readlink', path);
      return result;
    }
    if (!isOurs(req)) return native.readlink(...arguments);
    return later(addon.readlinkAsync, req, undefined, path, undefined, number);
  }

  function copyFile(from, to, mode, req) {
    if (typeof mode !== 'number' || (mode | 0) !== mode || mode < 0 || mode > 7) {
      try {
        mode = accessMode(mode);
      } catch (error) {
        throw hide(error, copyFile);
      }
    }
    if (req === undefined) {
      numbers[0] = mode;
      addon.copyFile(from, to);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('copyfile', from, to)], copyFile), 'copyfile', from, to);
      return undefined;
    }
    if (!isOurs(req)) return native.copyFile(...arguments);
    return later(addon.copyFileAsync, req, undefined, from, to, mode);
  }

  return { copyFile, link, readlink, symlink };
};
