'use strict';

const { encodingNumber } = require('./encodings.js');
const { ascii, names } = require('./listing.js');
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

  /**
   * The addon hands over all that the kernel gave at once; what nobody has asked for yet waits here. Texts wait as they
   * came and are cut when they are taken, so that names which nobody takes cost nothing.
   */
  class Entries {
    /** Texts with a NUL behind each, or an array. */
    #names = [];
    /** A digit for each. */
    #types = '';
    #taken = 0;
    /** In the text: where the next name begins. */
    #start = 0;
    #encoding = 1;

    /** How many wait, in this encoding from now on. */
    ready(encoding) {
      const waiting = this.#types.length - this.#taken;
      if (encoding !== this.#encoding) {
        this.#keep(this.#waiting().map((name) => recoded(name, this.#encoding, encoding)), this.#types.slice(this.#taken));
        this.#encoding = encoding;
      }
      return waiting;
    }

    add(listing) {
      const isText = typeof listing === 'string';
      const types = isText ? listing.slice(listing.lastIndexOf('\0') + 1) : listing.pop();
      if (this.#taken === this.#types.length && this.#encoding !== ASCII) return this.#keep(listing, types);
      const parts = !isText ? listing : this.#encoding === ASCII ? ascii(listing) : names(listing);
      return this.#keep([...this.#waiting(), ...parts], this.#types.slice(this.#taken) + types);
    }

    #keep(names, types) {
      this.#names = names;
      this.#types = types;
      this.#taken = this.#start = 0;
    }

    #waiting() {
      return typeof this.#names === 'string' ? names(this.#names.slice(this.#start)) : this.#names.slice(this.#taken);
    }

    /** @returns {(string | Buffer | number)[] | null} Each name followed by its type; null at the end. */
    take(count) {
      const [first, types, list] = [this.#taken, this.#types, this.#names];
      const end = Math.min(first + count, types.length);
      if (end === first) return null;
      const part = new Array(2 * (end - first));
      if (typeof list === 'string') {
        let start = this.#start;
        for (let at = 0; at < part.length; at += 2) {
          const stop = list.indexOf('\0', start);
          part[at] = list.slice(start, stop);
          start = stop + 1;
        }
        this.#start = start;
      } else {
        for (let at = 0; at < part.length; at += 2) part[at] = list[first + at / 2];
      }
      for (let at = 1, taken = first; taken < end; at += 2) part[at] = types.charCodeAt(taken++) - 48;
      this.#taken = end;
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
      if (directory >= 0) this.#collection.close();
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
