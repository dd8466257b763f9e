'use strict';

const { zlibOptions } = require('./zlib-options.js');

/** What lib itself keeps on a stream under a name that its class has too. */
const OWN = new Set(['_events', '_eventsCount', '_maxListeners']);
/** Events that say what passes through; the others come fused as natively. */
const OF_READING = ['data', 'readable', 'pause', 'resume'];
const OF_ALL = ['newListener', 'removeListener'];
/** The functions of fs that streams call for their bytes; open and close are called in any case. */
const OF_BYTES = ['read', 'write', 'writev'];
const ZLIB = ['Deflate', 'Inflate', 'Gzip', 'Gunzip', 'DeflateRaw', 'InflateRaw', 'Unzip'];

/**
 * A pipeline that can run natively.
 * @typedef {object} Pipe
 * @property {object} source An fs.ReadStream.
 * @property {object | undefined} transform A stream of zlib.
 * @property {object} sink An fs.WriteStream or a net.Socket.
 * @property {boolean} toSocket
 */

/**
 * Says whether anybody can see what passes through a pipeline: listeners, other pipes, subclasses, replaced methods,
 * decoders, hooks, work that was begun.
 * @param {import('../../../../shims/internal-binding/load-port.js').FeatureContext} context
 */
function recognition({ internals, requireFresh }) {
  const { initHooksExist } = internals.requireBuiltin('internal/async_hooks');
  const fs = requireFresh('fs');
  const zlib = requireFresh('zlib');
  const { Socket } = requireFresh('net');
  const optionsOf = zlibOptions(internals);
  const methods = new Map();
  const sources = classes([fs.ReadStream]);
  const transforms = classes(ZLIB.map((name) => zlib[name]));
  const files = classes([fs.WriteStream]);
  const sockets = classes([Socket]);
  const ofFs = OF_BYTES.map((name) => [name, fs[name]]);
  const noFlush = zlib.constants.Z_NO_FLUSH;

  function classes(list) {
    for (const { prototype } of list) methods.set(prototype, methodsOf(prototype));
    return new Set(list.map(({ prototype }) => prototype));
  }

  /**
   * @param {any[]} args Of pipeline().
   * @param {(last: any) => boolean} isLast Whether this, or undefined, may follow the streams.
   * @returns {Pipe | undefined}
   */
  function pipeOf(args, isLast) {
    const inArray = Array.isArray(args[0]);
    const streams = inArray ? args[0] : args;
    let count = 0;
    while (count < streams.length && isKnown(streams[count])) count++;
    const rest = inArray ? args.slice(1) : args.slice(count);
    if (count < 2 || count > 3 || rest.length > 1 || (inArray && count !== streams.length) || !isLast(rest[0])) return undefined;
    const [source, transform, sink] = count === 3 ? streams : [streams[0], undefined, streams[1]];
    const toSocket = isOf(sockets, sink);
    const pipe = { source, transform, sink, toSocket };
    return new Set([source, transform, sink]).size === 3 && fits(pipe) && !isObserved(pipe, 0) ? pipe : undefined;
  }

  function isKnown(stream) {
    return typeof stream === 'object' && stream !== null && methods.has(Object.getPrototypeOf(stream));
  }

  function isOf(prototypes, stream) {
    return prototypes.has(Object.getPrototypeOf(stream));
  }

  /** Whether they are what a pump can stand for, and new. */
  function fits({ source, transform, sink, toSocket }) {
    return (
      isOf(sources, source) && isUntouched(source) && isUnread(source) && usesFs(source) && source.bytesRead === 0 &&
      (transform === undefined ||
        (isOf(transforms, transform) && isUntouched(transform) && isUnread(transform) && isUnwritten(transform) && isPlain(transform))) &&
      isUntouched(sink) && isUnwritten(sink) &&
      (toSocket ? isConnected(sink) : isOf(files, sink) && usesFs(sink) && sink.flush !== undefined) &&
      ofFs.every(([name, value]) => fs[name] === value)
    );
  }

  /** No method is replaced, on the stream or on its class. */
  function isUntouched(stream) {
    const prototype = Object.getPrototypeOf(stream);
    for (const key of Reflect.ownKeys(stream)) {
      if (key in prototype && !OWN.has(key) && typeof key !== 'symbol') return false;
    }
    for (const [key, value] of methods.get(prototype)) if (prototype[key] !== value) return false;
    return true;
  }

  function isUnread({ _readableState: state, destroyed, errored, readableFlowing, readableLength, readableEncoding, readableObjectMode }) {
    return (
      !destroyed && errored === null && readableFlowing === null && readableLength === 0 && readableEncoding === null &&
      !readableObjectMode && !state.reading && !state.ended && state.pipes.length === 0
    );
  }

  function isUnwritten({ destroyed, errored, writableLength, writableEnded, writableCorked, writableNeedDrain, writableObjectMode }) {
    return (
      !destroyed && errored === null && writableLength === 0 && !writableEnded && writableCorked === 0 && !writableNeedDrain && !writableObjectMode
    );
  }

  /** A stream of fs that calls this fs, by number and not through a FileHandle. */
  function usesFs(stream) {
    const symbol = symbolOf(stream, 'kFs');
    return symbol !== undefined && stream[symbol] === fs && symbolOf(stream, 'kHandle') === undefined;
  }

  function isPlain({ _handle, bytesWritten, _defaultFlushFlag, _rejectGarbageAfterEnd, _outOffset }) {
    return Boolean(_handle) && bytesWritten === 0 && _outOffset === 0 && _defaultFlushFlag === noFlush && !_rejectGarbageAfterEnd;
  }

  /** A socket with nothing on its way, whose descriptor can be had. */
  function isConnected({ _handle: handle, connecting }) {
    return Boolean(handle) && !connecting && handle.fd >= 0 && handle.writeQueueSize === 0;
  }

  /**
   * Whether anybody sees what passes.
   * @param {Pipe} pipe
   * @param {number} own How many listeners and pipes of pipeline() itself there are between two streams: 0 or 1.
   */
  function isObserved({ source, transform, sink }, own) {
    if (initHooksExist() || isRead(source, own) || OF_ALL.some((name) => sink.listenerCount(name) > 0) || sink.listenerCount('drain') > 0) return true;
    return transform !== undefined && (isRead(transform, own) || transform.listenerCount('drain') > 0);
  }

  function isRead(stream, own) {
    return (
      OF_READING.some((name) => stream.listenerCount(name) > (name === 'data' ? own : 0)) ||
      OF_ALL.some((name) => stream.listenerCount(name) > 0) ||
      stream._readableState.pipes.length !== own || stream.readableEncoding !== null || stream.readableFlowing === false
    );
  }

  return { pipeOf, isObserved, optionsOf };
}

/** Every method of a class, its own and inherited. */
function methodsOf(prototype) {
  const found = new Map();
  for (let object = prototype; object !== Object.prototype; object = Object.getPrototypeOf(object)) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (typeof value === 'function' && !found.has(key)) found.set(key, value);
    }
  }
  return [...found];
}

/** One of lib's own symbols, by its description. */
function symbolOf(object, description) {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

module.exports = { recognition, symbolOf };
