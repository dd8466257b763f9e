'use strict';

const { treePaths, treeWithTypes } = require('../listing.js');

const UTF8 = 1;
const STACK = 1;
const FOLLOW = 2;
const PLAIN = 4;
const TYPES = 8;

/**
 * readdir with `recursive`: the whole tree in one job. Node 26's binding has a function for it already.
 * @param {import('./hop.js').Hop} hop
 */
module.exports = function readdir(hop) {
  const { addon, internals, native, utils, replace, fs, promises, submit, rejectFromHere, FSReqPromise, FSReqCallback, numbers } = hop;
  if (native.fs.readdirRecursive !== undefined) return;
  const { getOptions, getValidatedPath, Dirent } = utils;
  const { PromiseWithResolvers } = internals.primordials;
  const pathModule = internals.requireBuiltin('path');
  const original = { promise: promises.readdir, callback: fs.readdir, sync: fs.readdirSync };

  /** What one job needs; undefined for whatever lib's own function is to deal with. */
  function plan(path, options, order) {
    if (options?.recursive !== true) return undefined;
    try {
      const { encoding, withFileTypes } = getOptions(options);
      path = getValidatedPath(path);
      // Lib looks entries up by their decoded names: in any other encoding it finds nothing below.
      if (typeof path !== 'string' || (encoding !== undefined && encoding !== 'utf8' && encoding !== 'utf-8')) return undefined;
      // As lib joins a path and a name.
      const prefix = pathModule.join(path, 'x').slice(0, -1);
      const types = Boolean(withFileTypes);
      // Its promises walk into links only as long as they need no types.
      const follow = order === STACK && types ? 0 : FOLLOW;
      return { path, prefix, types, options: order | follow | PLAIN | (types ? TYPES : 0) };
    } catch {
      return undefined;
    }
  }

  function result(joined, { path, prefix, types }) {
    return types ? dirents(path, prefix, treeWithTypes(joined)) : treePaths(joined);
  }

  function dirents(path, prefix, { names, kinds, counts, folders }) {
    let next = 0;
    for (let i = 0; i < folders.length; i++) {
      const parentPath = i === 0 ? path : prefix + folders[i];
      for (const end = next + counts[i]; next < end; next++) {
        names[next] = new Dirent(names[next], kinds[next], parentPath);
      }
    }
    return names;
  }

  replace(promises, 'readdir', function readdir(path, options) {
    const planned = plan(path, options, STACK);
    if (planned === undefined) return original.promise(path, options);
    // A copy, for the caller may change it before lib's own function is asked after all.
    const copy = { ...options };
    const { promise, resolve } = PromiseWithResolvers();
    const request = new FSReqPromise((error, joined) => {
      if (error !== undefined) return rejectFromHere(resolve, error);
      resolve(joined === undefined ? original.promise(path, copy) : result(joined, planned));
    });
    submit(request, addon.listTreeAsync, planned.path, planned.prefix, UTF8, planned.options);
    return promise;
  }, 'fs.promises.readdir');

  replace(fs, 'readdir', function readdir(path, options, callback) {
    const planned = typeof callback === 'function' ? plan(path, options, 0) : undefined;
    if (planned === undefined) return original.callback(path, options, callback);
    const copy = { ...options };
    const request = new FSReqCallback((error, joined) => {
      if (error !== undefined) return callback(error);
      if (joined === undefined) return original.callback(path, copy, callback);
      callback(null, result(joined, planned));
    });
    submit(request, addon.listTreeAsync, planned.path, planned.prefix, UTF8, planned.options);
  }, 'fs.readdir');

  replace(fs, 'readdirSync', function readdirSync(path, options) {
    const planned = plan(path, options, 0);
    if (planned === undefined) return original.sync(path, options);
    let joined;
    numbers[0] = UTF8;
    numbers[1] = planned.options;
    try {
      joined = addon.listTree(planned.path, planned.prefix);
    } catch {
      // Lib's own function fails in the same way, with the caller on the stack.
    }
    return joined === undefined ? original.sync(path, options) : result(joined, planned);
  }, 'fs.readdirSync');
};
