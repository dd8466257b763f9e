'use strict';

const { kAccept, kClosed, kConsume, kCurrent, kNative, kRead } = require('./connection.js');
const { nativeStreams } = require('./native-stream.js');

/** What libuv answers about a handle that is closing or closed, by what it is asked. */
const UV_EBADF = -9;
const UV_EINVAL = -22;
const UV_ENOTCONN = -107;

/** Encodings as ported/streams/core numbers them. */
const BYTES = 0;
const UTF8 = 1;
const LATIN1 = 2;
const UCS2 = 3;

/** How many chunks one crossing takes as arguments. */
const MOST_CHUNKS = 16;

/**
 * HandleWrap and LibuvStreamWrap: what sockets, pipes and terminals have in common.
 * @param {object} frame
 */
function streamClass({ addon, AsyncWrap, asyncWrap, asyncContext, internals, native, words, handles, dispatched, WriteWrap, ShutdownWrap, Buffer }) {
  const { NativeStream } = nativeStreams({ internals, native, WriteWrap, ShutdownWrap });
  const { runNextTicks } = asyncContext;
  const { triggerUncaughtException } = internals.internalBinding('errors');
  const { UV_EOF } = internals.internalBinding('uv');
  const { begin, call, end, stateOf, defaultTriggerAsyncIdScope, getDefaultTriggerAsyncId } = asyncWrap;
  const { ReflectApply } = internals.primordials;
  const { markTransferMode } = internals.requireBuiltin('internal/worker/js_transferable');
  const { isUint8Array } = internals.requireBuiltin('internal/util/types');
  const { codes: { ERR_INVALID_ARG_TYPE } } = internals.requireBuiltin('internal/errors');
  const { owner_symbol: ownerSymbol, handle_onclose: handleOnClose } = internals.internalBinding('symbols');
  const { streamBaseState, kArrayBufferOffset, kBytesWritten, kReadBytesOrError, kLastWriteWasAsync, kLastWriteErr } = native.stream_wrap;
  const { FastBuffer } = internals.requireBuiltin('internal/buffer');
  const { kOnExecute } = internals.internalBinding('http_parser').HTTPParser;
  /** Node 26 lets the stream make the request, and only if it needs one. */
  const streamMakesRequest = kLastWriteErr !== undefined;

  class HandleWrap extends AsyncWrap {
    /** The addon's number; -1 once it is closed. */
    #slot = -1;

    /** Asks the addon for a handle: `kind` and its argument become a slot, or an error number that is returned. */
    static open(handle, kind, argument) {
      words[0] = kind;
      words[1] = argument;
      addon.create();
      if (words[0] !== 0) return words[0];
      adopt(handle, words[1]);
      return 0;
    }

    static adopt(handle, slot) {
      handle.#slot = slot;
      handles[slot] = handle;
      begin(stateOf(handle), handle, getDefaultTriggerAsyncId());
    }

    /** Calls a function of the addon on a handle: its answer, or EBADF when it is closed. */
    static ask(handle, operation, first, second, third, fourth) {
      if (handle.#slot < 0) return UV_EBADF;
      words[0] = handle.#slot;
      words[1] = first;
      words[2] = second;
      words[3] = third;
      words[4] = fourth;
      operation();
      return words[0];
    }

    static slotOf(handle) {
      return handle.#slot;
    }

    /** Closes; `callback` is called when that is done. */
    close(callback) {
      if (this.#slot < 0) return;
      words[0] = this.#slot;
      this.#slot = -1;
      if (typeof callback === 'function') this[handleOnClose] = callback;
      addon.close();
    }

    static reset(handle, callback) {
      if (handle.#slot < 0) return 0;
      words[0] = handle.#slot;
      addon.reset();
      const status = words[0];
      if (status === 0) {
        handle.#slot = -1;
        if (typeof callback === 'function') handle[handleOnClose] = callback;
      }
      return status;
    }

    [kClosed]() {
      const callback = this[handleOnClose];
      const state = stateOf(this);
      if (typeof callback === 'function') call(state, this, callback);
      end(state);
    }

    hasRef() {
      return ask(this, addon.hasRef) === 1;
    }

    ref() {
      ask(this, addon.ref);
    }

    unref() {
      ask(this, addon.unref);
    }
  }
  const { adopt, ask, open, reset, slotOf } = HandleWrap;
  for (const name of ['adopt', 'ask', 'open', 'reset', 'slotOf']) delete HandleWrap[name];

  class LibuvStreamWrap extends HandleWrap {
    #onread;
    #userBuffer;
    #parser;
    #native;

    constructor(type) {
      super(type);
      this.reading = false;
      this.onconnection = null;
      this[ownerSymbol] = null;
      // A clone of its properties would be no handle: posting it is an error, as natively.
      markTransferMode(this, false, false);
    }

    get onread() {
      return this.#onread;
    }

    set onread(callback) {
      this.#onread = callback;
    }

    get fd() {
      return slotOf(this) < 0 ? UV_EINVAL : ask(this, addon.fd);
    }

    get bytesRead() {
      words[0] = slotOf(this);
      return addon.bytesRead();
    }

    get bytesWritten() {
      words[0] = slotOf(this);
      return addon.bytesWritten();
    }

    get writeQueueSize() {
      words[0] = slotOf(this);
      return addon.writeQueueSize();
    }

    setBlocking(blocking) {
      return ask(this, addon.setBlocking, blocking ? 1 : 0);
    }

    readStart() {
      return slotOf(this) < 0 ? UV_EINVAL : ask(this, addon.readStart);
    }

    readStop() {
      return slotOf(this) < 0 ? 0 : ask(this, addon.readStop);
    }

    useUserBuffer(buffer) {
      const slot = slotOf(this);
      if (slot < 0) return UV_EINVAL;
      this.#userBuffer = buffer;
      words[0] = slot;
      addon.useUserBuffer(buffer);
      return 0;
    }

    shutdown(request) {
      if (slotOf(this) < 0) return UV_ENOTCONN;
      const status = ask(this, addon.shutdown);
      if (status === 0) dispatched(request, this);
      return status;
    }

    writeBuffer(request, buffer) {
      const slot = slotOf(this);
      if (slot < 0) return UV_EBADF;
      if (!isUint8Array(buffer)) throw notABuffer();
      words[0] = slot;
      addon.writeBuffer(buffer);
      if (streamBaseState[kLastWriteWasAsync] === 0) return words[0];
      return pending(this, request, buffer);
    }

    writeUtf8String(request, text) {
      return writeString(this, request, text, UTF8);
    }

    writeAsciiString(request, text) {
      return writeString(this, request, text, LATIN1);
    }

    writeLatin1String(request, text) {
      return writeString(this, request, text, LATIN1);
    }

    writeUcs2String(request, text) {
      return writeString(this, request, text, UCS2);
    }

    writev(request, chunks, allBuffers) {
      const slot = slotOf(this);
      if (slot < 0) return UV_EBADF;
      const count = allBuffers ? chunks.length : chunks.length >> 1;
      let values = chunks;
      if (count > MOST_CHUNKS) {
        if (!allBuffers) values = asBuffers(chunks, count);
        words[0] = slot;
        addon.writeBuffers(values);
      } else {
        if (!allBuffers) values = new Array(count);
        for (let i = 0; i < count; i++) {
          let encoding = BYTES;
          if (!allBuffers) {
            const chunk = chunks[2 * i];
            values[i] = chunk;
            if (typeof chunk === 'string') {
              encoding = encodingOf(chunks[2 * i + 1]);
              if (encoding === undefined) {
                encoding = BYTES;
                values[i] = Buffer.from(chunk, chunks[2 * i + 1]);
              }
            }
          }
          words[2 + i] = encoding;
        }
        words[0] = slot;
        words[1] = count;
        ReflectApply(addon.writev, undefined, values);
      }
      if (streamBaseState[kLastWriteWasAsync] === 0) return words[0];
      return pending(this, request, values);
    }

    /** Lets an HTTP parser read instead of the socket, until it is undefined. */
    [kConsume](parser) {
      this.#parser = parser;
      ask(this, addon.consume, parser === undefined && this.#native === undefined ? 0 : 1);
    }

    /** What C++ takes for this handle. From now on it gets what is read, and lib what it does not listen to. */
    [kNative]() {
      if (this.#native === undefined) {
        this.#native = new NativeStream(this, () => slotOf(this) < 0);
        ask(this, addon.consume, 1);
      }
      return this.#native;
    }

    /** A copy of what arrived last, while the parser reads it: the memory is used again. */
    get [kCurrent]() {
      return current === undefined ? undefined : Buffer.from(current);
    }

    /** lib answers with the next Buffer that it wants filled, when it has given one. */
    [kRead](memory) {
      if (this.#native !== undefined || this.#parser !== undefined) {
        this.#consumed(memory);
        return;
      }
      const next = call(stateOf(this), this, this.#onread, memory);
      if (next !== undefined && this.#userBuffer !== undefined && isUint8Array(next)) this.useUserBuffer(next);
    }

    /** C++ gets it, whose callbacks run ticks, each its own (see `consume` of the addon). */
    #consumed(memory) {
      const length = streamBaseState[kReadBytesOrError];
      let bytes;
      if (memory !== undefined) bytes = viewOf(memory, streamBaseState[kArrayBufferOffset], length);
      else if (length > 0) bytes = this.#userBuffer.subarray(0, length);
      if (this.#native !== undefined && (bytes !== undefined || length === UV_EOF)) {
        reported(() => this.#native.read(bytes));
      } else if (bytes !== undefined) {
        parse(this, this.#parser, bytes);
      } else {
        // A JSStream reports no errors, and a parser wants none.
        const top = this.#native?.top ?? this;
        call(stateOf(this), top, top.onread);
        runNextTicks();
      }
    }

    [kAccept](status, slot) {
      if (status !== 0) {
        call(stateOf(this), this, this.onconnection, status, undefined);
        return;
      }
      const client = defaultTriggerAsyncIdScope(stateOf(this).asyncId, this.accepted, slot);
      call(stateOf(this), this, this.onconnection, status, client);
    }
  }

  Object.defineProperty(LibuvStreamWrap.prototype, 'isStreamBase', { value: true, writable: true, enumerable: true, configurable: true });

  let current;
  let view;

  /** Requests over a connection are often of one length, and what C++ reads lies in one place, of which it keeps nothing. */
  function viewOf(memory, offset, length) {
    if (view === undefined || view.length !== length || view.byteOffset !== offset || view.buffer !== memory) view = new FastBuffer(memory, offset, length);
    return view;
  }

  /** As the parser's own OnStreamRead: what it makes of a read goes to lib, with no socket in between. */
  function parse(handle, parser, bytes) {
    current = bytes;
    const result = reported(() => parser.execute(bytes));
    if (result !== undefined && typeof parser[kOnExecute] === 'function') {
      call(stateOf(handle), parser, parser[kOnExecute], result);
      runNextTicks();
    }
    current = undefined;
  }

  /** What callbacks of C++ throw within a call of JavaScript's, C++ leaves to the caller. */
  function reported(body) {
    try {
      return body();
    } catch (thrown) {
      triggerUncaughtException(thrown, false);
      return undefined;
    }
  }

  function writeString(stream, request, text, encoding) {
    const slot = slotOf(stream);
    if (slot < 0) return UV_EBADF;
    words[0] = slot;
    words[1] = encoding;
    addon.writeString(text);
    if (streamBaseState[kLastWriteWasAsync] === 0) return words[0];
    return pending(stream, request);
  }

  /** libuv has a part of a write: Node 24's lib gave the request for it, Node 26's gets it. */
  function pending(stream, request, keepAlive) {
    if (!streamMakesRequest || request !== null) {
      dispatched(request, stream, keepAlive);
      return 0;
    }
    const made = new WriteWrap();
    made.writeStatus = null;
    streamBaseState[kLastWriteErr] = 0;
    // `init` runs the hooks of users, who may write as well.
    const bytes = streamBaseState[kBytesWritten];
    dispatched(made, stream, keepAlive);
    streamBaseState[kBytesWritten] = bytes;
    streamBaseState[kLastWriteWasAsync] = 1;
    return made;
  }

  function asBuffers(chunks, count) {
    const buffers = new Array(count);
    for (let i = 0; i < count; i++) {
      const chunk = chunks[2 * i];
      buffers[i] = typeof chunk === 'string' ? Buffer.from(chunk, chunks[2 * i + 1]) : chunk;
    }
    return buffers;
  }

  function encodingOf(name) {
    switch (name) {
      case 'utf8':
      case 'utf-8':
        return UTF8;
      case 'latin1':
      case 'binary':
      case 'ascii':
        return LATIN1;
      case 'ucs2':
      case 'ucs-2':
      case 'utf16le':
      case 'utf-16le':
        return UCS2;
      default:
        return undefined;
    }
  }

  function notABuffer() {
    const error = new ERR_INVALID_ARG_TYPE('buffer', 'Buffer', undefined);
    error.message = 'Second argument must be a buffer';
    return error;
  }

  return { LibuvStreamWrap, HandleWrap, adopt, ask, open, reset, slotOf };
}

module.exports = { streamClass };
