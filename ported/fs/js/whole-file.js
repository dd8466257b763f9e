'use strict';

const { fileJobs } = require('./file-jobs.js');
const { FAILED } = require('./system-error.js');

/** At which of its system calls a synchronous call failed. */
const STEP = 4;
const STEPS = ['open', 'read', 'write', 'close'];

/**
 * A file's whole content in one call.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function wholeFile(frame) {
  const { addon, native, numbers, message, failed, ReflectConstruct } = frame;
  function readFileUtf8(path, flags) {
    const isDescriptor = typeof path === 'number';
    numbers[0] = isDescriptor ? path : flags;
    const text = isDescriptor ? addon.readFileUtf8() : addon.readFileUtf8(path);
    if (numbers[FAILED] !== 0) {
      // Of its system calls, only open has a path.
      const syscall = STEPS[numbers[STEP]];
      const named = syscall === 'open' ? path : undefined;
      throw failed(ReflectConstruct(Error, [message(syscall, named)], readFileUtf8), syscall, named);
    }
    return text;
  }

  function writeFileUtf8(path, data, flags, mode) {
    numbers[0] = data.length;
    if (typeof path === 'number') {
      numbers[1] = path;
      addon.writeFileUtf8(data);
    } else {
      numbers[1] = flags;
      numbers[2] = mode;
      addon.writeFileUtf8(data, path);
    }
    if (numbers[FAILED] !== 0) {
      // Of its system calls, only open has a path.
      const syscall = STEPS[numbers[STEP]];
      const named = syscall === 'open' ? path : undefined;
      throw failed(ReflectConstruct(Error, [message(syscall, named)], writeFileUtf8), syscall, named);
    }
  }

  return { readFileUtf8, writeFileUtf8, ...(native.ReadFileJob === undefined ? {} : fileJobs(frame)) };
};
