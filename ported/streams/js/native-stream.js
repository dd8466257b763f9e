'use strict';

// Tests replace the global one.
const { setImmediate } = require('timers');

/**
 * A handle of the port as C++ takes it: a JSStream, which is a native StreamBase whose methods are JavaScript. TLS and
 * HTTP/2 read and write the handle through it, with no socket of lib's in between, as they read and write native ones.
 * @param {object} frame
 */
function nativeStreams({ internals, native, WriteWrap, ShutdownWrap }) {
  const { internalBinding, primordials } = internals;
  const { ReflectApply } = primordials;
  const { JSStream } = internalBinding('js_stream');
  const { streamBaseState, kLastWriteWasAsync } = native.stream_wrap;

  class NativeStream {
    /** What C++ is given. */
    object = new JSStream();
    /** Who is told of a failed read: lib's callback on the topmost native stream. */
    top;

    /**
     * @param {object} handle
     * @param {() => boolean} isClosed
     */
    constructor(handle, isClosed) {
      this.top = handle;
      const { object } = this;
      object.isClosing = isClosed;
      object.onreadstart = () => handle.readStart();
      object.onreadstop = () => handle.readStop();
      object.onshutdown = (request) => shutdown(handle, object, request);
      object.onwrite = (request, buffers) => write(handle, object, request, buffers);
      // When C++ listens no more, lib does again.
      object.onread = (memory) => ReflectApply(handle.onread, handle, [memory]);
    }

    /** @param {Uint8Array | undefined} bytes What the handle has read; undefined at its end. */
    read(bytes) {
      if (bytes === undefined) this.object.emitEOF();
      else this.object.readBuffer(bytes);
    }
  }

  function write(handle, object, request, buffers) {
    const below = new WriteWrap();
    below.oncomplete = (status) => object.finishWrite(request, status);
    const status = handle.writev(below, buffers, true);
    // C++ expects no answer within its call, at whose end ticks may run.
    if (status === 0 && streamBaseState[kLastWriteWasAsync] === 0) setImmediate(() => object.finishWrite(request, 0));
    return status;
  }

  function shutdown(handle, object, request) {
    const below = new ShutdownWrap();
    below.oncomplete = (status) => object.finishShutdown(request, status);
    return handle.shutdown(below);
  }

  return { NativeStream };
}

module.exports = { nativeStreams };
