'use strict';

const { kFinish } = require('./connection.js');

/**
 * Requests: what lib fills with callbacks and hands to a handle (`WriteWrap`, `ShutdownWrap`, `TCPConnectWrap`,
 * `PipeConnectWrap`).
 * @param {object} frame
 */
function requestClasses({ AsyncWrap, asyncWrap, requests, words }) {
  const { begin, call, end, idOf } = asyncWrap;

  /** A request enters async_hooks when a handle takes it, not when lib makes it. */
  class ReqWrap extends AsyncWrap {
    #handle;
    #keepAlive;

    /**
     * @param {ReqWrap} request
     * @param {AsyncWrap} handle
     * @param {unknown} keepAlive What must not be collected while libuv works, such as a Buffer.
     */
    static dispatched(request, handle, keepAlive) {
      requests[words[1]] = request;
      request.#handle = handle;
      request.#keepAlive = keepAlive;
      begin(request, idOf(handle));
    }

    static handleOf(request) {
      return request.#handle;
    }

    [kFinish](status, ends) {
      const handle = this.#handle;
      this.#handle = this.#keepAlive = undefined;
      this.finished(status, handle, ends);
      end(this);
    }
  }
  const { dispatched } = ReqWrap;
  for (const name of ['dispatched', 'handleOf']) delete ReqWrap[name];

  /** What a stream writes or ends with. */
  class StreamReq extends ReqWrap {
    finished(status, handle) {
      const { oncomplete } = this;
      if (typeof oncomplete === 'function') call(this, oncomplete, status, handle, undefined);
      // Node 26's lib attaches its callback after the call that made the request, and looks here first.
      else if (this.writeStatus === null) this.writeStatus = status;
    }
  }

  class WriteWrap extends StreamReq {
    constructor() {
      super('WRITEWRAP');
    }
  }

  class ShutdownWrap extends StreamReq {
    constructor() {
      super('SHUTDOWNWRAP');
    }
  }

  class ConnectWrap extends ReqWrap {
    finished(status, handle, ends) {
      const { oncomplete } = this;
      if (typeof oncomplete === 'function') call(this, oncomplete, status, handle, this, (ends & 1) !== 0, (ends & 2) !== 0);
    }
  }

  class TCPConnectWrap extends ConnectWrap {
    constructor() {
      super('TCPCONNECTWRAP');
    }
  }

  class PipeConnectWrap extends ConnectWrap {
    constructor() {
      super('PIPECONNECTWRAP');
    }
  }

  return { dispatched, ReqWrap, WriteWrap, ShutdownWrap, TCPConnectWrap, PipeConnectWrap };
}

module.exports = { requestClasses };
