'use strict';

/** libuv's numbers of the kinds of handles. */
const UV_NAMED_PIPE = 7;
const UV_TCP = 12;

/** Hands a slot of the addon to the constructor of the class that serves it. */
class Accepted {
  constructor(slot) {
    this.slot = slot;
  }
}

/**
 * TCP and Pipe.
 * @param {object} frame
 */
function socketClasses({ addon, native, words, LibuvStreamWrap, adopt, ask, open, reset, slotOf, dispatched }) {
  const { constants: tcpConstants } = native.tcp_wrap;
  const { constants: pipeConstants } = native.pipe_wrap;

  class TCP extends LibuvStreamWrap {
    constructor(type) {
      if (type instanceof Accepted) {
        super('TCPWRAP');
        adopt(this, type.slot);
        return;
      }
      if (type !== tcpConstants.SOCKET && type !== tcpConstants.SERVER) throw new TypeError('the type of a TCP handle is 0 or 1');
      super(type === tcpConstants.SERVER ? 'TCPSERVERWRAP' : 'TCPWRAP');
      open(this, UV_TCP, 0);
    }

    accepted(slot) {
      return new TCP(new Accepted(slot));
    }

    open(fd) {
      return ask(this, addon.tcpOpen, fd);
    }

    bind(address, port, flags = 0) {
      return withText(this, addon.tcpBind, address, port, 4, flags);
    }

    bind6(address, port, flags = 0) {
      return withText(this, addon.tcpBind, address, port, 6, flags);
    }

    listen(backlog) {
      return ask(this, addon.listen, backlog);
    }

    connect(request, address, port) {
      return connecting(this, request, withText(this, addon.tcpConnect, address, port, 4));
    }

    connect6(request, address, port) {
      return connecting(this, request, withText(this, addon.tcpConnect, address, port, 6));
    }

    getsockname(out) {
      return endpoint(this, addon.getSockName, out);
    }

    getpeername(out) {
      return endpoint(this, addon.getPeerName, out);
    }

    setNoDelay(enable) {
      return ask(this, addon.setNoDelay, enable ? 1 : 0);
    }

    setKeepAlive(enable, idle, interval = 1, count = 10) {
      return ask(this, addon.setKeepAlive, enable ? 1 : 0, idle, interval, count);
    }

    setTypeOfService(value) {
      return ask(this, addon.setTypeOfService, value);
    }

    getTypeOfService() {
      return ask(this, addon.getTypeOfService);
    }

    reset(callback) {
      return reset(this, callback);
    }
  }

  class Pipe extends LibuvStreamWrap {
    constructor(type) {
      if (type instanceof Accepted) {
        super('PIPEWRAP');
        adopt(this, type.slot);
        return;
      }
      // Handles travel over it in messages that only C++ can read.
      if (type === pipeConstants.IPC) return new native.pipe_wrap.Pipe(type);
      if (type !== pipeConstants.SOCKET && type !== pipeConstants.SERVER) throw new TypeError('the type of a Pipe handle is 0, 1 or 2');
      super(type === pipeConstants.SERVER ? 'PIPESERVERWRAP' : 'PIPEWRAP');
      open(this, UV_NAMED_PIPE, 0);
    }

    accepted(slot) {
      return new Pipe(new Accepted(slot));
    }

    open(fd) {
      return ask(this, addon.pipeOpen, fd);
    }

    bind(name) {
      return withText(this, addon.pipeBind, name);
    }

    listen(backlog) {
      return ask(this, addon.listen, backlog);
    }

    connect(request, name) {
      return connecting(this, request, withText(this, addon.pipeConnect, name));
    }

    fchmod(mode) {
      return ask(this, addon.pipeChmod, mode);
    }
  }

  /** A function of the addon that takes a text: its answer. */
  function withText(handle, operation, text, first, second, third) {
    return ask(handle, () => operation(`${text}`), first, second, third);
  }

  function connecting(handle, request, status) {
    if (status === 0) dispatched(request, handle);
    return status;
  }

  function endpoint(handle, operation, out) {
    let address;
    const status = ask(handle, () => {
      address = operation();
    });
    if (status !== 0) return status;
    const family = words[1];
    const port = words[2];
    out.address = address;
    if (family !== 0) {
      out.family = family === 6 ? 'IPv6' : 'IPv4';
      out.port = port;
    }
    return 0;
  }

  return { TCP, Pipe };
}

module.exports = { socketClasses };
