'use strict';

const { symbolOf } = require('./recognise.js');

/** What a turn of a pump delivers, as ported/streams/binding/src/fused.rs has it. */
const BLOCKED = 1;
const DONE = 2;
const TRANSFORM_FAILED = 3;
const AFTER_END = 4;
const ENDED = 5;

/** No position, no limit. */
const NONE = -1;

/**
 * Runs pumps in place of what moves bytes through streams.
 * @param {object} frame What index.js has put together.
 */
function fusion({ addon, asyncContext, internals, numbers, recognise, requests, requireFresh, waiting }) {
  const { CallbackRequest } = asyncContext;
  const { ReadStream } = requireFresh('fs');
  const { errorOrDestroy } = requireFresh('internal/streams/destroy');
  const { ErrnoException, codes, genericNodeError } = internals.requireBuiltin('internal/errors');
  const { ERR_STREAM_PUSH_AFTER_EOF } = codes;
  const AsyncContextFrame = internals.requireBuiltin('internal/async_context_frame');
  const kIoDone = nameOfDone(ReadStream);

  class Turn extends CallbackRequest {
    constructor(oncomplete) {
      super('FSREQCALLBACK');
      this.oncomplete = oncomplete;
    }
  }

  /** @param {import('./recognise.js').Pipe} pipe Which pipeline() has just put together. */
  return function fuse(pipe) {
    const { source, transform, sink, toSocket } = pipe;
    const kIsPerformingIO = symbolOf(source, 'kIsPerformingIO');
    const sinkPrototype = Object.getPrototypeOf(sink);
    /** The pump's number in the addon; 0 while there is none. */
    let pump = 0;
    let isRunning = false;
    let isWaiting = false;
    /** What others have written to the sink meanwhile: it is not to end up inside of what the pump writes. */
    let held;
    let written = 0;
    /** The source has ended, and its stream may be closed. */
    let hasEnded = false;
    /** What zlib's flush calls back. */
    let flushed;

    override(source, '_read', begin);

    /** Called by lib once the source is open, and data is asked for. */
    function begin(size) {
      if (pump !== 0) return;
      if (!toSocket && typeof sink.fd !== 'number') {
        if (!sink.destroyed) sink.once('open', () => begin(size));
        return;
      }
      if (source.destroyed) return;
      if (recognise.isObserved(pipe, 1) || sink.writableLength > 0 || !open()) {
        goOrdinary(size);
        return;
      }
      override(sink, '_write', (chunk, encoding, callback) => hold('_write', [chunk, encoding], callback));
      if (sink._writev) override(sink, '_writev', (chunks, callback) => hold('_writev', [chunks], callback));
      if (toSocket) countOnHandle();
      source.once('close', abandon);
      sink.once('close', abandon);
      next();
    }

    function open() {
      const { mode, level, windowBits, memLevel, strategy, finishFlush, dictionary } =
        transform === undefined ? { mode: 0 } : recognise.optionsOf(transform);
      const from = source.pos ?? NONE;
      numbers.set([
        source.fd, from, source.end === Infinity ? NONE : source.end - (source.pos ?? source.bytesRead) + 1, source.readableHighWaterMark,
        toSocket ? sink._handle.fd : sink.fd, sink.pos ?? NONE, toSocket ? 1 : 0,
        mode, level, windowBits, memLevel, strategy, finishFlush,
      ]);
      if (dictionary === undefined) addon.openPump();
      else addon.openPump(dictionary);
      if (numbers[0] < 0) return false;
      pump = numbers[0];
      return true;
    }

    /** Leaves the rest to lib, as if nothing had been replaced. */
    function goOrdinary(size) {
      close();
      source._read(size);
    }

    function next() {
      performing(true);
      const slot = requests.add(new Turn(turned));
      numbers[0] = slot;
      numbers[1] = pump;
      numbers[2] = sink.pos ?? NONE;
      try {
        addon.turnPump();
      } catch (error) {
        requests.cancel(slot);
        performing(false);
        throw error;
      }
    }

    /** Files stay open as long as somebody reads or writes them. */
    function performing(value) {
      isRunning = value;
      if (!hasEnded) source[kIsPerformingIO] = value;
      if (!toSocket) sink[kIsPerformingIO] = value;
    }

    function turned(error, state) {
      performing(false);
      const message = pump === 0 ? undefined : report();
      if ((source.destroyed && !hasEnded) || sink.destroyed || transform?.destroyed) {
        close();
        // Whoever destroyed a file waits for this.
        if (source.destroyed && !hasEnded) source.emit(kIoDone, error);
        if (!toSocket && sink.destroyed) sink.emit(kIoDone, error);
      } else if (error) {
        close();
        fail(error);
      } else if (state === ENDED) {
        end();
      } else if (state === DONE) {
        finish();
      } else if (state === TRANSFORM_FAILED) {
        const errno = numbers[3];
        close();
        failTransform(message, errno);
      } else if (state === AFTER_END) {
        close();
        errorOrDestroy(transform, new ERR_STREAM_PUSH_AFTER_EOF());
      } else if (held !== undefined) {
        letThrough();
      } else if (transform === undefined && recognise.isObserved(pipe, 1)) {
        goOrdinary(source.readableHighWaterMark);
      } else if (state === BLOCKED) {
        awaitSink();
      } else {
        next();
      }
    }

    /** Has the streams say how far they are; returns what the transform failed with. */
    function report() {
      numbers[0] = pump;
      const message = addon.reportPump();
      const [read, taken, total] = numbers;
      if (source.pos !== undefined) source.pos += read - source.bytesRead;
      source.bytesRead = read;
      if (transform !== undefined) transform.bytesWritten = taken;
      const more = total - written;
      written = total;
      if (toSocket) {
        if (more > 0) sink._unrefTimer();
      } else {
        sink.bytesWritten += more;
        if (sink.pos !== undefined) sink.pos += more;
      }
      return message;
    }

    /** A socket counts what goes through its handle. */
    function countOnHandle() {
      const handle = sink._handle;
      const prototype = Object.getPrototypeOf(handle);
      Object.defineProperty(handle, 'bytesWritten', {
        configurable: true,
        get: () => Reflect.get(prototype, 'bytesWritten', handle) + written,
      });
    }

    function hold(name, chunks, callback) {
      held = { name, chunks, callback };
      if (!isRunning) letThrough();
    }

    /** Has the sink write what others have given it, and goes on. */
    function letThrough() {
      const { name, chunks, callback } = held;
      held = undefined;
      stopWaiting();
      Reflect.apply(sinkPrototype[name], sink, [
        ...chunks,
        (error) => {
          callback(error);
          if (pump !== 0 && !isRunning && !error && !sink.destroyed && (hasEnded ? flushed !== undefined : !source.destroyed)) next();
        },
      ]);
    }

    function awaitSink() {
      const frame = AsyncContextFrame.current();
      numbers[0] = pump;
      addon.awaitSink();
      isWaiting = true;
      waiting.set(pump, () => {
        stopWaiting();
        const before = AsyncContextFrame.exchange(frame);
        next();
        AsyncContextFrame.set(before);
      });
    }

    function stopWaiting() {
      if (!isWaiting) return;
      isWaiting = false;
      waiting.delete(pump);
      addon.sinkReady();
    }

    /** A stream was closed: nobody wants the rest. */
    function abandon() {
      if (pump !== 0) close();
    }

    /** Has the source's stream end; lib then ends the transform's, which flushes. */
    function end() {
      hasEnded = true;
      delete source._read;
      source.removeListener('close', abandon);
      transform.once('close', abandon);
      override(transform, '_flush', (callback) => {
        flushed = callback;
        if (pump === 0) callback();
        else next();
      });
      source.push(null);
    }

    function finish() {
      close();
      if (transform === undefined) source.push(null);
      else flushed();
    }

    function fail(error) {
      if (error.syscall === 'read') errorOrDestroy(source, error);
      else if (toSocket) sink.destroy(new ErrnoException(error.errno, 'write'));
      else errorOrDestroy(sink, error);
    }

    /** As zlibOnError of Node's lib. */
    function failTransform(message, errno) {
      const code = codeOf(errno);
      const error = Object.assign(genericNodeError(message, { errno, code }), { errno, code });
      transform.destroy(error);
      transform[symbolOf(transform, 'kError')] = error;
    }

    /** Puts everything back. */
    function close() {
      delete source._read;
      delete sink._write;
      delete sink._writev;
      if (transform !== undefined) {
        delete transform._flush;
        transform.removeListener('close', abandon);
      }
      source.removeListener('close', abandon);
      sink.removeListener('close', abandon);
      if (pump === 0) return;
      stopWaiting();
      numbers[0] = pump;
      addon.closePump();
      pump = 0;
      if (held !== undefined && !isRunning && !sink.destroyed) letThrough();
    }
  };

  function codeOf(errno) {
    const { constants } = requireFresh('zlib');
    return Object.keys(constants).find((name) => constants[name] === errno && /^Z_\w+_ERROR$|^Z_ERRNO$|^Z_NEED_DICT$/.test(name));
  }
}

/** What lib calls instead of its own method, until it is deleted. */
function override(stream, name, method) {
  Object.defineProperty(stream, name, { value: method, configurable: true, writable: true });
}

/** The event by which a stream of fs says that nothing reads or writes it any more: a symbol of lib's own. */
function nameOfDone({ prototype }) {
  const performing = new Proxy({}, { get: (_, key) => (typeof key === 'symbol' ? true : undefined) });
  let name;
  const stream = {
    __proto__: performing,
    once(event) {
      name = event;
    },
  };
  Reflect.apply(prototype._destroy, stream, [null, () => {}]);
  return name;
}

module.exports = { fusion };
