'use strict';

/**
 * Where Node's lib hands handles and requests to C++. C++ takes any object for one of its own and ends the process when
 * it is not: each door gets what serves there, or a JavaScript error.
 *
 *     door                       what a handle of the port gets there
 *     tls_wrap.wrap              a JSStream that reads and writes it (native-stream.js)
 *     Http2Session.consume       the same
 *     HTTPParser.consume         what it reads, as Buffers, without lib's socket in between
 *     StreamPipe                 an error: lib gives it native handles alone
 *     Process.spawn, spawnSync   its descriptor, which the child gets as from a native handle
 *     messages between processes a native handle of a duplicate of its descriptor
 *     requests of the port, given to native handles: native requests that call back through them
 */

const { AsyncWrap } = require('../../../shims/internal-binding/async-wrap.js');
const { kConsume, kCurrent, kNative } = require('./connection.js');

/** Methods of native streams that take a request first. */
const WRITES = ['shutdown', 'writeBuffer', 'writev', 'writeUtf8String', 'writeAsciiString', 'writeLatin1String', 'writeUcs2String'];
const CONNECTS = ['connect', 'connect6'];

/**
 * @param {object} frame
 * @returns {{ tls_wrap: object, stream_pipe: object }} Overrides of the bindings.
 */
function guards({ native, internals }) {
  const { ObjectDefineProperty, ReflectApply } = internals.primordials;

  function refuse(value, door) {
    if (!(value instanceof AsyncWrap)) return;
    const error = new TypeError(
      `portlab: ${door} reads a ${value.constructor.name} of the streams port in C++, which takes native ones only: ` +
        'give it a native handle, or wrap the socket in a stream of JavaScript',
    );
    error.code = 'ERR_PORTLAB_NATIVE_HANDLE';
    throw error;
  }

  sharedDoors(internals);
  const { StreamPipe } = native.stream_pipe;
  const { wrap } = native.tls_wrap;
  return {
    stream_pipe: {
      StreamPipe: class extends StreamPipe {
        static name = 'StreamPipe';

        constructor(source, sink) {
          refuse(source, 'StreamPipe');
          refuse(sink, 'StreamPipe');
          super(source, sink);
        }
      },
    },
    tls_wrap: {
      wrap(handle) {
        if (!(handle instanceof AsyncWrap)) return ReflectApply(wrap, this, arguments);
        const stream = handle[kNative]();
        arguments[0] = stream.object;
        const tls = ReflectApply(wrap, this, arguments);
        stream.top = tls;
        ObjectDefineProperty(tls, 'fd', { get: () => handle.fd, configurable: true });
        return tls;
      },
    },
  };
}

/** What all worlds of a thread share with the process: classes of C++ that are given handles as they are. */
function sharedDoors({ internalBinding, primordials }) {
  if (sharedDoorsAreOpen) return;
  sharedDoorsAreOpen = true;
  const { ReflectApply } = primordials;

  const parser = internalBinding('http_parser').HTTPParser.prototype;
  const { consume, unconsume, getCurrentBuffer } = parser;
  /** The handles that parsers read from. */
  const consumed = new WeakMap();
  replace(parser, 'consume', function (handle) {
    if (!(handle instanceof AsyncWrap)) return ReflectApply(consume, this, arguments);
    handle[kConsume](this);
    consumed.set(this, handle);
  });
  replace(parser, 'unconsume', function () {
    const handle = consumed.get(this);
    if (handle === undefined) return ReflectApply(unconsume, this, arguments);
    consumed.delete(this);
    handle[kConsume](undefined);
  });
  replace(parser, 'getCurrentBuffer', function () {
    return consumed.get(this)?.[kCurrent] ?? ReflectApply(getCurrentBuffer, this, arguments);
  });

  const session = internalBinding('http2').Http2Session.prototype;
  const { consume: consumeSession } = session;
  replace(session, 'consume', function (handle) {
    if (handle instanceof AsyncWrap) arguments[0] = handle[kNative]().object;
    return ReflectApply(consumeSession, this, arguments);
  });

  function replace(target, key, value) {
    Object.defineProperty(value, 'name', { value: key, configurable: true });
    target[key] = value;
  }
}
let sharedDoorsAreOpen = false;

/**
 * Lets what stays native in the process work with handles and requests of the port.
 * @param {object} frame
 */
function openDoors({ addon, native, internals, HandleWrap, ReqWrap, TCP, Pipe, ask }) {
  const { ArrayIsArray, ArrayPrototypeMap, FunctionPrototypeSymbolHasInstance, ObjectDefineProperty, ReflectApply, SymbolHasInstance } = internals.primordials;
  const { internalBinding } = internals;
  const { TCP: NativeTCP } = native.tcp_wrap;
  const { Pipe: NativePipe } = native.pipe_wrap;

  const libuvStream = Object.getPrototypeOf(NativeTCP.prototype);
  const streams = [
    libuvStream,
    internalBinding('tls_wrap').TLSWrap?.prototype,
    internalBinding('js_stream').JSStream.prototype,
    internalBinding('http2').Http2Stream.prototype,
  ];
  for (const stream of streams) for (const key of WRITES) adapt(stream, key);
  for (const key of CONNECTS) {
    adapt(NativeTCP.prototype, key);
    adapt(NativePipe.prototype, key);
  }
  passHandles();
  inheritDescriptors();
  recogniseHandles();

  /** A native method takes a request of the port by a native one, which calls back through it. */
  function adapt(prototype, key) {
    const original = prototype?.[key];
    if (typeof original !== 'function') return;
    prototype[key] = {
      [key](request) {
        if (!(request instanceof ReqWrap)) return ReflectApply(original, this, arguments);
        const standIn = nativeRequest(request);
        arguments[0] = standIn;
        const status = ReflectApply(original, this, arguments);
        if (standIn.error !== undefined) request.error = standIn.error;
        return status;
      },
    }[key];
  }

  function nativeRequest(request) {
    const Native = native.stream_wrap[request.constructor.name] ?? native.tcp_wrap[request.constructor.name] ?? native.pipe_wrap[request.constructor.name];
    const standIn = new Native();
    standIn.oncomplete = function () {
      if (standIn.error !== undefined) request.error = standIn.error;
      if (arguments[2] === standIn) arguments[2] = request;
      return ReflectApply(request.oncomplete, request, arguments);
    };
    return standIn;
  }

  /** A handle that is sent to another process is sent as a native one of a duplicate of its descriptor. */
  function passHandles() {
    for (const key of ['writeUtf8String', 'writeBuffer']) {
      const original = libuvStream[key];
      libuvStream[key] = {
        [key](request, data, handle) {
          if (!(handle instanceof HandleWrap)) return ReflectApply(original, this, arguments);
          const standIn = handle instanceof TCP ? new NativeTCP(0) : new NativePipe(0);
          const fd = ask(handle, addon.duplicate);
          const status = fd < 0 ? fd : standIn.open(fd);
          if (status !== 0) return status;
          const { oncomplete } = request;
          request.oncomplete = function () {
            standIn.close();
            return ReflectApply(oncomplete, this, arguments);
          };
          const result = ReflectApply(original, this, [request, data, standIn]);
          if (result !== 0) standIn.close();
          return result;
        },
      }[key];
    }
  }

  /** Children get handles of any kind: lib asks with the native classes what it sends them. */
  function recogniseHandles() {
    for (const [Native, Ported] of [[NativeTCP, TCP], [NativePipe, Pipe]]) {
      ObjectDefineProperty(Native, SymbolHasInstance, {
        value: (object) => FunctionPrototypeSymbolHasInstance(Native, object) || FunctionPrototypeSymbolHasInstance(Ported, object),
      });
    }
  }

  /** A child that is given a handle of the port as one of its descriptors gets the descriptor. */
  function inheritDescriptors() {
    const { Process } = internalBinding('process_wrap');
    const { spawn } = Process.prototype;
    const asDescriptor = (entry) => (entry?.handle instanceof HandleWrap ? { type: 'fd', fd: entry.handle.fd } : entry);
    Process.prototype.spawn = {
      spawn() {
        // Which argument they are in depends on the version of Node.
        for (let i = 0; i < arguments.length; i++) {
          if (ArrayIsArray(arguments[i])) arguments[i] = ArrayPrototypeMap(arguments[i], asDescriptor);
        }
        return ReflectApply(spawn, this, arguments);
      },
    }.spawn;
    // Natively spawnSync ends the process when it is given a stream.
    const synchronous = internalBinding('spawn_sync');
    const { spawn: spawnSync } = synchronous;
    synchronous.spawn = function spawn(options) {
      if (ArrayIsArray(options?.stdio)) options.stdio = ArrayPrototypeMap(options.stdio, asDescriptor);
      return ReflectApply(spawnSync, this, [options]);
    };
  }
}

module.exports = { guards, openDoors };
