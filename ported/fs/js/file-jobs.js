'use strict';

/**
 * Node 26 reads and writes a file by its name in one job: open, fstat, read and close, or open, write and close, in one
 * hop to the pool. Its lib does
 *
 *     const job = new ReadFileJob(path, flags, most, track);      const job = new WriteFileJob(path, flags, mode, view);
 *     job.ondone = (error, buffer, fd, size, closeError) => { … };      job.ondone = (error) => { … };
 *     const accessError = job.run(path);
 *
 * A file larger than `most` comes back as an open descriptor with its size; with `track` it is one that a worker must
 * not leave open. An error of closing is delivered as `error`: lib treats both alike. `run` returns an error only under
 * the permission model, where no port is installed.
 * @param {import('./frame.js').Frame} frame
 */
function fileJobs({ addon, batch: { words }, Request, later, unmanaged }) {
  // A number is where the batch has the descriptor and the size.
  const readable = (value) => (typeof value === 'number' ? { fd: words[value], size: words[value + 1] } : value);

  /** The native classes emit `init` when they are constructed, not when they are run. */
  class FileJob extends Request {
    constructor() {
      super('FSREQCALLBACK');
      this.begin();
    }
  }

  class ReadFileJob extends FileJob {
    #path;
    #flags;
    #most;
    #track;

    constructor(path, flags, most, track) {
      super();
      this.#path = path;
      this.#flags = flags;
      this.#most = most;
      this.#track = track === true && unmanaged !== undefined;
    }

    run() {
      later(addon.readSmallFileAsync, this, readable, this.#path, undefined, this.#flags, this.#most);
    }

    settle(error, value) {
      if (this.#track && value?.fd !== undefined) unmanaged.opened(value.fd);
      if (typeof this.ondone !== 'function') return;
      if (error !== undefined) this.ondone(error, undefined, -1, undefined, undefined);
      else if (value.fd === undefined) this.ondone(null, value, -1, undefined, undefined);
      else this.ondone(null, undefined, value.fd, value.size, undefined);
    }
  }

  class WriteFileJob extends FileJob {
    #path;
    #flags;
    #mode;
    #view;

    constructor(path, flags, mode, view) {
      super();
      this.#path = path;
      this.#flags = flags;
      this.#mode = mode;
      // What can shrink while it is written is written as it is now.
      this.#view = view.buffer.resizable ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice() : view;
    }

    run() {
      later(addon.writeWholeFileAsync, this, undefined, this.#view, this.#path, this.#flags, this.#mode);
    }

    settle(error) {
      if (typeof this.ondone === 'function') this.ondone(error ?? null);
    }
  }

  return { ReadFileJob, WriteFileJob };
}

module.exports = { fileJobs };
