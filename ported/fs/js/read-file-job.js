'use strict';

/**
 * Node 26 reads a file of up to one chunk in one job: open, fstat, read and close in one hop to the pool. Its lib does
 *
 *     const job = new ReadFileJob(path, flags, most, unmanaged);
 *     job.ondone = (error, buffer, fd, size, closeError) => { … };
 *     const accessError = job.run(path);
 *
 * A larger file comes back as an open descriptor with its size. An error of closing is delivered as `error`: lib treats
 * both alike. `run` returns an error only under the permission model, where no port is installed.
 *
 * @param {object} parts
 * @param {typeof import('../../../shims/internal-binding/async-context.js').Request} parts.Request
 * @param {(request: object, convert: Function, path: string | Uint8Array, flags: number, most: number) => void} parts.start
 * @param {Float64Array} parts.words Of the batch.
 */
function readFileJobClass({ Request, start, words }) {
  // A number is where the batch has the descriptor and the size.
  const convert = (value) => (typeof value === 'number' ? { fd: words[value], size: words[value + 1] } : value);

  return class ReadFileJob extends Request {
    #path;
    #flags;
    #most;

    constructor(path, flags, most) {
      super('FSREQCALLBACK');
      this.#path = path;
      this.#flags = flags;
      this.#most = most;
      // The native class emits `init` here, not when it is run.
      this.begin();
    }

    run() {
      start(this, convert, this.#path, this.#flags, this.#most);
    }

    settle(error, value) {
      if (typeof this.ondone !== 'function') return;
      if (error !== undefined) this.ondone(error, undefined, -1, undefined, undefined);
      else if (value.fd === undefined) this.ondone(null, value, -1, undefined, undefined);
      else this.ondone(null, undefined, value.fd, value.size, undefined);
    }
  };
}

module.exports = { readFileJobClass };
