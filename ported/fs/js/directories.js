'use strict';

const { encodingNumber } = require('./encodings.js');
const { ascii, asciiAndTypes, names, namesAndTypes, buffers, buffersAndTypes } = require('./listing.js');
const { FAILED } = require('./system-error.js');

const ASCII = 0;
const BUFFER = 6;

/**
 * Making, removing and listing directories.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function directories(frame) {
  const { addon, native, numbers, message, failed, Buffer, ReflectConstruct, isOurs, later } = frame;
  function readdir(path, encoding, withTypes, req) {
    const number = encodingNumber(encoding);
    const types = withTypes === true;
    const convert =
      number === BUFFER ? (types ? buffersAndTypes : buffers)
      : number === ASCII ? (types ? asciiAndTypes : ascii)
      : types ? namesAndTypes : names;
    if (req === undefined) {
      numbers[0] = number;
      numbers[1] = types ? 1 : 0;
      const listing = number === BUFFER ? addon.readdirBuffers(path) : addon.readdir(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('scandir', path)], readdir), 'scandir', path);
      return convert(listing);
    }
    if (!isOurs(req)) return native.readdir(...arguments);
    return later(addon.readdirAsync, req, convert, path, undefined, number, types ? 1 : 0);
  }

  function mkdir(path, mode, recursive, req) {
    if (req === undefined) {
      numbers[0] = mode;
      const result = recursive === true ? addon.mkdirRecursive(path) : addon.mkdir(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('mkdir', path)], mkdir), 'mkdir', path);
      return result;
    }
    if (!isOurs(req)) return native.mkdir(...arguments);
    return later(recursive === true ? addon.mkdirRecursiveAsync : addon.mkdirAsync, req, undefined, path, undefined, mode);
  }

  function rmdir(path, req) {
    if (req === undefined) {
      addon.rmdir(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('rmdir', path)], rmdir), 'rmdir', path);
      return undefined;
    }
    if (!isOurs(req)) return native.rmdir(...arguments);
    return later(addon.rmdirAsync, req, undefined, path);
  }

  function mkdtemp(prefix, encoding, req) {
    const number = encodingNumber(encoding);
    if (req === undefined) {
      numbers[0] = number;
      const result = addon.mkdtemp(prefix);
      if (numbers[FAILED] !== 0) {
        const template = typeof prefix === 'string' ? `${prefix}XXXXXX` : Buffer.concat([prefix, Buffer.from('XXXXXX')]);
        throw failed(ReflectConstruct(Error, [message('mkdtemp', template)], mkdtemp), 'mkdtemp', template);
      }
      return result;
    }
    if (!isOurs(req)) return native.mkdtemp(...arguments);
    return later(addon.mkdtempAsync, req, undefined, prefix, undefined, number);
  }

  return { mkdir, mkdtemp, readdir, rmdir };
};
