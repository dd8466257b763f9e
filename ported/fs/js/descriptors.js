'use strict';

const { fileHandleClass } = require('./file-handle.js');
const { FAILED } = require('./system-error.js');

/**
 * Descriptors: what opens, closes, cuts and flushes them, and the handles that hold them.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function descriptors(frame) {
  const { addon, native, numbers, message, failed, ReflectConstruct, invalidFd, hide, isOurs, later, ofDescriptor } = frame;
  const { nativeFor, unmanaged } = frame;
  const opened = unmanaged?.opened;
  const nativeClose = nativeFor('close');

  function open(path, flags, mode, req) {
    if (req === undefined) {
      numbers[0] = flags;
      numbers[1] = mode;
      addon.open(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('open', path)], open), 'open', path);
      return opened === undefined ? numbers[0] : opened(numbers[0]);
    }
    if (!isOurs(req)) return native.open(...arguments);
    return later(addon.openAsync, req, opened, path, undefined, flags, mode);
  }

  function close(fd, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), close);
    if (unmanaged !== undefined && !unmanaged.isClosing(fd)) return nativeClose(...arguments);
    if (req === undefined) {
      numbers[0] = fd;
      addon.close();
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('close')], close), 'close');
      return undefined;
    }
    if (!isOurs(req)) return native.close(...arguments);
    return later(addon.closeAsync, req, undefined, undefined, undefined, fd);
  }

  const FileHandle = fileHandleClass(frame, {
    closeSync(fd) {
      opened?.(fd);
      close(fd);
    },
  });
  const handleOf = (path) => (fd) => new FileHandle(fd, undefined, undefined, path);

  function openFileHandle(path, flags, mode, req) {
    if (req === undefined) {
      const fd = open(path, flags, mode);
      unmanaged?.isClosing(fd);
      return handleOf(path)(fd);
    }
    if (!isOurs(req)) return native.openFileHandle(...arguments);
    return later(addon.openAsync, req, handleOf(path), path, undefined, flags, mode);
  }

  return {
    FileHandle,
    close,
    fdatasync: ofDescriptor('fdatasync', 'fdatasync', 0),
    fsync: ofDescriptor('fsync', 'fsync', 0),
    ftruncate: ofDescriptor('ftruncate', 'ftruncate', 1),
    open,
    openFileHandle,
  };
};
