'use strict';

const { encodingNumber } = require('./encodings.js');
const { asciiAndTypes, buffersAndTypes, namesAndTypes } = require('./listing.js');
const { FAILED } = require('./system-error.js');

const ASCII = 0;
const BUFFER = 6;
const ENCODINGS = ['ascii', 'utf8', 'base64', 'utf16le', 'latin1', 'hex', 'buffer', 'base64url'];

/**
 * The binding fs_dir: directories that are read part by part.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions and classes of the binding, by name.
 */
module.exports = function openDirectories(frame) {
  const { addon, bindings, numbers, message, failed, ReflectConstruct, Buffer, Handle, hide, isOurs, later, whenCollected } = frame;

  /** The addon hands over all that the kernel gave at once; what nobody has asked for yet waits here. */
  class Entries {
    #names = [];
    #types = [];
    #taken = 0;
    #encoding = 1;

    /** How many wait, in this encoding from now on. */
    ready(encoding) {
      const waiting = this.#names.length - this.#taken;
      if (encoding !== this.#encoding) {
        if (waiting > 0) this.#names = this.#names.map((name) => recoded(name, this.#encoding, encoding));
        this.#encoding = encoding;
      }
      return waiting;
    }

    add(listing) {
      const parts = this.#encoding === BUFFER ? buffersAndTypes : this.#encoding === ASCII ? asciiAndTypes : namesAndTypes;
      const [names, types] = parts(listing);
      const waiting = this.#names.length - this.#taken;
      this.#names = waiting > 0 ? [...this.#names.slice(this.#taken), ...names] : names;
      this.#types = waiting > 0 ? [...this.#types.slice(this.#taken), ...types] : types;
      this.#taken = 0;
    }

    /** @returns {(string | Buffer | number)[] | null} Each name followed by its type; null at the end. */
    take(count) {
      const end = Math.min(this.#taken + count, this.#names.length);
      if (end === this.#taken) return null;
      const part = new Array(2 * (end - this.#taken));
      for (let at = 0; this.#taken < end; this.#taken++) {
        part[at++] = this.#names[this.#taken];
        part[at++] = this.#types[this.#taken];
      }
      return part;
    }
  }

  /** Lib asks for one encoding only. Bytes that were none in the encoding before are lost here, natively not. */
  function recoded(name, from, to) {
    const bytes = from === BUFFER ? name : Buffer.from(name, ENCODINGS[from]);
    return to === BUFFER ? bytes : bytes.toString(ENCODINGS[to]);
  }

  const watchCollection = whenCollected((directory) => {
    numbers[0] = directory;
    addon.closeDirectory();
    numbers[FAILED] = 0;
    process.emitWarning('Closing directory handle on garbage collection');
  });

  class DirHandle extends Handle {
    #directory;
    #entries = new Entries();
    #collection;

    constructor(directory = -1) {
      super('DIRHANDLE');
      this.#directory = directory;
      if (directory >= 0) this.#collection = watchCollection(this, directory);
    }

    read(encoding, bufferSize, req) {
      const number = encodingNumber(encoding);
      const entries = this.#entries;
      const missing = bufferSize - entries.ready(number);
      if (req === undefined) {
        if (missing > 0) {
          numbers[0] = this.#directory;
          numbers[1] = number;
          numbers[2] = missing;
          const listing = addon.readDirectory();
          if (numbers[FAILED] !== 0) throw hide(failed(new Error(message('readdir')), 'readdir'), this.read);
          entries.add(listing);
        }
        return entries.take(bufferSize);
      }
      if (missing <= 0) {
        const part = entries.take(bufferSize);
        return later(addon.completeAsync, req, () => part);
      }
      const convert = (listing) => {
        entries.add(listing);
        return entries.take(bufferSize);
      };
      return later(addon.readDirectoryAsync, req, convert, undefined, undefined, this.#directory, number, missing);
    }

    close(req) {
      const directory = this.#directory;
      this.#directory = -1;
      if (directory >= 0) this.#collection.open = false;
      if (req === undefined) {
        numbers[0] = directory;
        addon.closeDirectory();
        if (numbers[FAILED] !== 0) throw hide(failed(new Error(message('closedir')), 'closedir'), this.close);
        return undefined;
      }
      return later(addon.closeDirectoryAsync, req, undefined, undefined, undefined, directory);
    }
  }
  const opened = (directory) => new DirHandle(directory);

  function opendir(path, encoding, req) {
    if (req === undefined) {
      addon.openDirectory(path);
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('opendir', path)], opendir), 'opendir', path);
      return opened(numbers[0]);
    }
    if (!isOurs(req)) return bindings.fs_dir.opendir(...arguments);
    return later(addon.openDirectoryAsync, req, opened, path);
  }

  /** Its error names no path, as the native one. */
  function opendirSync(path) {
    addon.openDirectory(path);
    if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message('opendir')], opendirSync), 'opendir');
    return opened(numbers[0]);
  }

  return { DirHandle, opendir, opendirSync };
};
