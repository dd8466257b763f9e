'use strict';

const { FAILED } = require('./system-error.js');

const BIGINT = 1;
const QUIET = 2;

/**
 * What is known of a file, and of the file system that holds it.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function metadata(frame) {
  const { addon, native, numbers, stats, bigStats, statFs, bigStatFs, batch, kUsePromises, message, failed, ReflectConstruct, accessMode, invalidFd, hide, isOurs, later } = frame;
  const { words, bigWords } = batch;

  // Results of stat arrive as words of the batch, which the next completion overwrites.
  function sharedStats(at) {
    for (let i = 0; i < 18; i++) stats[i] = words[at + i];
    return stats;
  }
  function sharedBigStats(at) {
    for (let i = 0; i < 18; i++) bigStats[i] = bigWords[at + i];
    return bigStats;
  }
  const ownStats = (at) => words.slice(at, at + 18);
  const ownBigStats = (at) => bigWords.slice(at, at + 18);

  function statLater(start, req, bigint, quiet, path, fd) {
    const big = req === kUsePromises ? bigint === true : req.bigint;
    const convert = req === kUsePromises ? (big ? ownBigStats : ownStats) : big ? sharedBigStats : sharedStats;
    const options = (big ? BIGINT : 0) | (quiet ? QUIET : 0);
    const convertOrMissing = quiet ? (at) => (at === undefined ? undefined : convert(at)) : convert;
    return path === undefined
      ? later(start, req, convertOrMissing, undefined, undefined, fd, options)
      : later(start, req, convertOrMissing, path, undefined, options);
  }

  function stat(path, bigint, req, throwIfNoEntry) {
    if (req === undefined) {
      const options = (bigint === true ? BIGINT : 0) | (throwIfNoEntry === false ? QUIET : 0);
      const missing = options === 0 ? addon.stat(path) : addon.stat(path, options);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('stat', path)], stat), 'stat', path);
      return missing === true ? undefined : bigint === true ? bigStats : stats;
    }
    if (!isOurs(req)) return native.stat(...arguments);
    return statLater(addon.statAsync, req, bigint, throwIfNoEntry === false, path);
  }

  function lstat(path, bigint, req, throwIfNoEntry) {
    if (req === undefined) {
      const options = (bigint === true ? BIGINT : 0) | (throwIfNoEntry === false ? QUIET : 0);
      const missing = options === 0 ? addon.lstat(path) : addon.lstat(path, options);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('lstat', path)], lstat), 'lstat', path);
      return missing === true ? undefined : bigint === true ? bigStats : stats;
    }
    if (!isOurs(req)) return native.lstat(...arguments);
    return statLater(addon.lstatAsync, req, bigint, false, path);
  }

  function fstat(fd, bigint, req) {
    if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), fstat);
    if (req === undefined) {
      numbers[0] = fd;
      numbers[1] = bigint === true ? 1 : 0;
      addon.fstat();
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('fstat')], fstat), 'fstat');
      return bigint === true ? bigStats : stats;
    }
    if (!isOurs(req)) return native.fstat(...arguments);
    return statLater(addon.fstatAsync, req, bigint, false, undefined, fd);
  }

  function access(path, mode, req) {
    if (typeof mode !== 'number' || (mode | 0) !== mode || mode < 0 || mode > 7) {
      try {
        mode = accessMode(mode);
      } catch (error) {
        throw hide(error, access);
      }
    }
    if (req === undefined) {
      numbers[0] = mode;
      addon.access(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('access', path)], access), 'access', path);
      return undefined;
    }
    if (!isOurs(req)) return native.access(...arguments);
    return later(addon.accessAsync, req, undefined, path, undefined, mode);
  }

  function existsSync(path) {
    return addon.isMissing(path) === undefined;
  }

  function sharedStatFs(at) {
    for (let i = 0; i < 8; i++) statFs[i] = words[at + i];
    return statFs;
  }
  function sharedBigStatFs(at) {
    for (let i = 0; i < 8; i++) bigStatFs[i] = bigWords[at + i];
    return bigStatFs;
  }
  const ownStatFs = (at) => words.slice(at, at + 8);
  const ownBigStatFs = (at) => bigWords.slice(at, at + 8);

  function statfs(path, bigint, req) {
    if (req === undefined) {
      numbers[0] = bigint === true ? 1 : 0;
      addon.statfs(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('statfs', path)], statfs), 'statfs', path);
      return bigint === true ? bigStatFs : statFs;
    }
    if (!isOurs(req)) return native.statfs(...arguments);
    const isPromise = req === kUsePromises;
    const big = isPromise ? bigint === true : req.bigint;
    const convert = isPromise ? (big ? ownBigStatFs : ownStatFs) : big ? sharedBigStatFs : sharedStatFs;
    return later(addon.statfsAsync, req, convert, path, undefined, big ? 1 : 0);
  }

  return { access, existsSync, fstat, lstat, stat, statfs };
};
