'use strict';

const { kFinish } = require('./connection.js');

/**
 * Requests: what lib fills with callbacks and hands to a handle (`WriteWrap`, `ShutdownWrap`, `TCPConnectWrap`,
 * `PipeConnectWrap`). Node 24's lib makes one for every write, and most writes are done at once: they have no fields.
 * @param {object} frame
 */
function requestClasses({ asyncWrap, internals, requests, words }) {
  const { ReflectApply } = internals.primordials;
  const { AsyncState, Providers, begin, call, end, stateOf } = asyncWrap;
  /** The states of requests in flight. */
  const states = new WeakMap();

  class ReqWrap {
    /** @returns {number} -1 before a handle has taken it. */
    getAsyncId() {
      return states.get(this)?.asyncId ?? -1;
    }

    /** @returns {number} */
    getProviderType() {
      return Providers[this.provider];
    }

    /** A request has one life. */
    asyncReset() {}
  }

  /** A request that libuv works on. */
  class Dispatched {
    /** @param {unknown} keepAlive What must not be collected meanwhile, such as a Buffer. */
    constructor(request, handle, keepAlive) {
      this.request = request;
      this.handle = handle;
      this.keepAlive = keepAlive;
      this.state = new AsyncState(request.provider ?? providerOf(request));
    }

    [kFinish](status, ends) {
      const { request, handle, state } = this;
      ReflectApply(request.finished ?? finishedAs(state.type), request, [state, status, handle, ends]);
      end(state);
    }
  }

  /** Enters a request into async_hooks: a handle has taken it, and `words[1]` is its number. */
  function dispatched(request, handle, keepAlive) {
    const entry = new Dispatched(request, handle, keepAlive);
    requests[words[1]] = entry;
    states.set(request, entry.state);
    begin(entry.state, request, stateOf(handle).asyncId);
  }

  /** What a stream writes or ends with. */
  class StreamReq extends ReqWrap {
    finished(state, status, handle) {
      const { oncomplete } = this;
      if (typeof oncomplete === 'function') call(state, this, oncomplete, status, handle, undefined);
      // Node 26's lib attaches its callback after the call that made the request, and looks here first.
      else if (this.writeStatus === null) this.writeStatus = status;
    }
  }

  class ConnectWrap extends ReqWrap {
    finished(state, status, handle, ends) {
      const { oncomplete } = this;
      if (typeof oncomplete !== 'function') return;
      call(state, this, oncomplete, status, handle, this, (ends & 1) !== 0, (ends & 2) !== 0);
    }
  }

  /** A native request, of a net that was loaded before the port: lib's callback on it is all that is needed. */
  function providerOf(request) {
    return request.constructor.name.toUpperCase();
  }

  function finishedAs(type) {
    return (type.endsWith('CONNECTWRAP') ? ConnectWrap : StreamReq).prototype.finished;
  }

  class WriteWrap extends StreamReq {}
  class ShutdownWrap extends StreamReq {}
  class TCPConnectWrap extends ConnectWrap {}
  class PipeConnectWrap extends ConnectWrap {}
  WriteWrap.prototype.provider = 'WRITEWRAP';
  ShutdownWrap.prototype.provider = 'SHUTDOWNWRAP';
  TCPConnectWrap.prototype.provider = 'TCPCONNECTWRAP';
  PipeConnectWrap.prototype.provider = 'PIPECONNECTWRAP';

  return { dispatched, ReqWrap, WriteWrap, ShutdownWrap, TCPConnectWrap, PipeConnectWrap };
}

module.exports = { requestClasses };
