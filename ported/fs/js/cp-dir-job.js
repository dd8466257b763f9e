'use strict';

const VERBATIM = 1;
const TIMES = 2;
const JOB = 8;

/**
 * Node 26 copies a directory to where nothing is in one job. Its lib does
 *
 *     const job = new CpDirJob(src, dest, force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps, mode);
 *     job.ondone = (error, specialFile, specialFilePath) => { … };
 *     job.run();
 *
 * and asks for links to be followed nowhere; `force` and `errorOnExist` mean nothing where nothing is.
 * @param {import('./frame.js').Frame} frame
 */
function cpDirJobClass({ addon, Request, later, codeOf }) {
  return class CpDirJob extends Request {
    #src;
    #dest;
    #options;
    #mode;

    constructor(src, dest, force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps, mode) {
      super('FSREQCALLBACK');
      this.#src = src;
      this.#dest = dest;
      this.#options = JOB | (verbatimSymlinks === true ? VERBATIM : 0) | (preserveTimestamps === true ? TIMES : 0);
      this.#mode = mode;
      // The native class emits `init` here, not when it is run.
      this.begin();
    }

    run() {
      later(addon.copyTreeAsync, this, undefined, this.#src, this.#dest, this.#options, this.#mode);
    }

    settle(error, value) {
      if (typeof this.ondone !== 'function') return;
      if (error !== undefined) return this.ondone(error, undefined, undefined);
      if (value === undefined) return this.ondone(null, undefined, undefined);
      const { special, path, failure } = copyFailure(value, codeOf);
      if (failure !== undefined) this.ondone(failure, undefined, undefined);
      else this.ondone(null, special, path);
    }
  };
}

/**
 * What the addon says of a failed copy that libuv has no words for.
 * @param {string} text Parts separated by NUL.
 * @param {(errno: number) => string} codeOf
 * @returns {{ failure?: Error, special?: string, path?: string }} An error as of node::ErrnoException, or what cannot be
 *   copied (`socket`, `fifo`, `unknown`) and where it would be.
 */
function copyFailure(text, codeOf) {
  const [special, ...rest] = text.split('\0');
  if (special !== 'words') return { special, path: rest[0] };
  const [errno, words, path] = rest;
  const code = codeOf(Number(errno));
  const failure = new Error(`${code}, ${words} '${path}'`);
  return { failure: Object.assign(failure, { errno: Number(errno), code, path, syscall: 'cp' }) };
}

module.exports = { copyFailure, cpDirJobClass };
