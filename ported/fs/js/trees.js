'use strict';

const { encodingNumber } = require('./encodings.js');
const { cpDirJobClass } = require('./cp-dir-job.js');
const { sevenBits, treePaths, treeWithTypes } = require('./listing.js');

const ASCII = 0;
const FOLLOW = 2;
const TYPES = 8;

/** The options of addon.mergeTree. */
const OVERWRITE = 1;
const REFUSE = 2;
const DEREFERENCE = 4;
const VERBATIM_LINKS = 8;
const PRESERVE_TIMES = 16;
const NODE_26 = 32;

/** The errnos of which rmSync has words of its own. */
const REMOVAL_WORDS = {
  __proto__: null,
  EPERM: 'Operation not permitted:',
  ENOTEMPTY: 'Directory not empty:',
  ENOTDIR: 'Not a directory:',
  EACCES: 'Permission denied:',
};
/** libuv's number for what it does not know. */
const UV_UNKNOWN = -4094;

/**
 * Whole trees.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function trees(frame) {
  const { addon, native, numbers, isOurs, later, hide, pathText, codeOf, ReflectConstruct } = frame;

  function rmSync(path, maxRetries, recursive, retryDelay) {
    numbers[0] = recursive === true ? 1 : 0;
    numbers[1] = maxRetries;
    numbers[2] = retryDelay;
    const words = addon.removeNow(path);
    if (words === undefined) return;
    const name = pathText(path);
    if (words === false) {
      const error = ReflectConstruct(Error, [`Path is a directory: ${name}`], rmSync);
      error.code = 'ERR_FS_EISDIR';
      throw error;
    }
    const [errno, code, message] = removalFailure(numbers[0], words, name);
    const error = ReflectConstruct(Error, [`${code}, ${message} '${name}'`], rmSync);
    throw Object.assign(error, { errno, code, path: name, syscall: 'rm' });
  }

  /** As node::ErrnoException, with a positive errno; Node 24 says the path twice. */
  function removalFailure(errno, words, name) {
    const code = codeOf(errno);
    const known = REMOVAL_WORDS[code];
    if (known === undefined) return [UV_UNKNOWN, '', `Unknown error: ${words}`];
    return [errno, code, native.readdirRecursive === undefined ? `${known} ${name}` : known];
  }

  /** [names, types, how many of them each directory has, the directories] */
  function groups(joined) {
    const { names, kinds, counts, folders } = treeWithTypes(joined);
    return [names, kinds, counts, folders];
  }

  function asciiGroups(joined) {
    const [names, kinds, counts, folders] = groups(joined);
    return [names.map(sevenBits), kinds, counts, folders.map(sevenBits)];
  }

  const asciiPaths = (joined) => treePaths(joined).map(sevenBits);

  function readdirRecursive(path, encoding, withTypes, req) {
    const number = encodingNumber(encoding);
    const options = withTypes === true ? FOLLOW | TYPES : FOLLOW;
    const convert =
      number === ASCII ? (withTypes === true ? asciiGroups : asciiPaths)
      : withTypes === true ? groups : treePaths;
    if (req === undefined) {
      numbers[0] = number;
      numbers[1] = options;
      try {
        return convert(addon.listTree(path));
      } catch (error) {
        throw hide(error, readdirRecursive);
      }
    }
    if (!isOurs(req)) return native.readdirRecursive(...arguments);
    return later(addon.listTreeAsync, req, convert, path, undefined, number, options);
  }

  function cpSyncCheckPaths(src, dest, dereference, recursive) {
    numbers[0] = dereference === true ? 1 : 0;
    numbers[1] = recursive === true ? 1 : 0;
    step(addon.checkCopy, src, dest, cpSyncCheckPaths);
  }

  function cpSyncOverrideFile(src, dest, mode, preserveTimestamps) {
    numbers[0] = mode;
    numbers[1] = preserveTimestamps === true ? 1 : 0;
    step(addon.replaceFile, src, dest, cpSyncOverrideFile);
  }

  function cpSyncCopyDir(src, dest, force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps) {
    numbers[0] =
      (force === true ? OVERWRITE : 0) |
      (dereference === true ? DEREFERENCE : 0) |
      (errorOnExist === true ? REFUSE : 0) |
      (verbatimSymlinks === true ? VERBATIM_LINKS : 0) |
      (preserveTimestamps === true ? PRESERVE_TIMES : 0) |
      (native.readdirRecursive === undefined ? 0 : NODE_26);
    step(addon.mergeTree, src, dest, cpSyncCopyDir);
  }

  /** A step of cpSync, which throws what the addon says; the stack begins at who called `above`. */
  function step(run, src, dest, above) {
    let refusal;
    try {
      refusal = run(src, dest);
    } catch (error) {
      throw hide(error, above);
    }
    if (refusal !== undefined) throw hide(refusalError(refusal), above);
  }

  function refusalError(refusal) {
    const [kind, ...rest] = refusal.split('\0');
    if (kind !== 'words') return Object.assign(new Error(rest[0]), { code: kind });
    const [errno, words, syscall, path] = rest;
    const code = errno === '0' ? '' : codeOf(Number(errno));
    return Object.assign(new Error(`${code}, ${words} '${path}'`), { errno: Number(errno), code, path, syscall });
  }

  const synchronous = { cpSyncCheckPaths, cpSyncCopyDir, cpSyncOverrideFile, rmSync };
  if (native.readdirRecursive === undefined) return synchronous;
  return { ...synchronous, readdirRecursive, CpDirJob: cpDirJobClass(frame) };
};
