'use strict';

const { encodingNumber } = require('./encodings.js');
const { FAILED } = require('./system-error.js');

/** libuv's answer to no Buffers at all, given before the function returns. */
const EINVAL = -22;
/** Up to so many Buffers are handed over as arguments. */
const SPREAD = 8;

/**
 * Reading and writing at a descriptor.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function content(frame) {
  const { addon, native, numbers, message, failed, Buffer, ArrayPrototypeSlice, ReflectApply, ReflectConstruct, invalidFd, isBytes, offset, hide, isOurs, later, refuse } = frame;
  function read(fd, buffer, at, length, position, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), read);
    const big = typeof position === 'bigint';
    if (req === undefined) {
      numbers[0] = fd;
      numbers[1] = at;
      numbers[2] = length;
      if (big) {
        addon.read(buffer, position);
      } else {
        numbers[3] = position;
        addon.read(buffer);
      }
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('read')], read), 'read');
      return numbers[0];
    }
    if (!isOurs(req)) return native.read(...arguments);
    return later(addon.readAsync, req, undefined, buffer, big ? position : undefined, fd, at, length, big ? -1 : position);
  }

  /** readBuffers and writeBuffers. */
  function vectored(name, syscall, move, moveLater) {
    return function self(fd, views, position, req) {
      if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), self);
      position = offset(position);
      if (req === undefined) {
        const spread = views.length > 0 && views.length <= SPREAD;
        numbers[0] = fd;
        numbers[1] = position;
        numbers[2] = spread ? 1 : 0;
        if (spread) ReflectApply(move, addon, views);
        else move(views);
        if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message(syscall)], self), syscall);
        return numbers[0];
      }
      if (!isOurs(req)) return native[name](...arguments);
      if (views.length === 0) {
        numbers[FAILED] = EINVAL;
        return refuse(req, failed(ReflectConstruct(Error, [message(syscall)], self), syscall));
      }
      // A copy: the caller may empty the array while the kernel uses its members.
      return later(moveLater, req, undefined, ArrayPrototypeSlice(views), undefined, fd, position);
    };
  }
  const readBuffers = vectored('readBuffers', 'read', addon.readBuffers, addon.readBuffersAsync);
  const writeBuffers = vectored('writeBuffers', 'write', addon.writeBuffers, addon.writeBuffersAsync);

  /** Writes bytes or a string, of which `a` and `b` say more. Node's lib makes the error of a failed write itself. */
  function write(move, moveLater, data, fd, a, b, position, req, ctx) {
    position = offset(position);
    if (req !== undefined) return later(moveLater, req, undefined, data, undefined, fd, a, b, position);
    numbers[0] = fd;
    numbers[1] = a;
    numbers[2] = b;
    numbers[3] = position;
    move(data);
    const result = numbers[0];
    if (result >= 0) return result;
    ctx.errno = result;
    ctx.syscall = 'write';
    return result;
  }

  function writeBuffer(fd, buffer, at, length, position, req, ctx) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), writeBuffer);
    if (req !== undefined && !isOurs(req)) return native.writeBuffer(...arguments);
    return write(addon.writeBuffer, addon.writeBufferAsync, buffer, fd, at, length, position, req, ctx);
  }

  function writeString(fd, string, position, encoding, req, ctx) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), writeString);
    if (req !== undefined && !isOurs(req)) return native.writeString(...arguments);
    const number = encodingNumber(encoding);
    if (!isBytes(number)) {
      return write(addon.writeString, addon.writeStringAsync, string, fd, number, string.length, position, req, ctx);
    }
    // Hex and base64 are bytes in disguise: Node's own decoder, then a write of bytes.
    const bytes = Buffer.from(string, encoding);
    return write(addon.writeBuffer, addon.writeBufferAsync, bytes, fd, 0, bytes.byteLength, position, req, ctx);
  }

  return { read, readBuffers, writeBuffer, writeBuffers, writeString };
};
