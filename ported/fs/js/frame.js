'use strict';

const { collection } = require('./collected.js');
const { connect } = require('./connection.js');
const { FAILED, systemErrors } = require('./system-error.js');
const { unmanagedDescriptors } = require('./unmanaged.js');
const { validators } = require('./validate.js');

/**
 * What the stories of the binding share: each is a `function story(frame)` that returns functions of the binding.
 *
 * A story takes what it needs into constants of its own: a function of the binding is called millions of times, and
 * finds a constant of the scope around it sooner than a property.
 *
 * Numbers are handed over in one array, as ported/fs/binding documents function by function. Whoever fills it
 * calls the addon next, without running anybody else's code in between.
 * @typedef {ReturnType<typeof frame>} Frame
 */

/** @param {object} port As index.js has it. */
function frame({ addon, internals, native: bindings, asyncContext, requireLib }) {
  const { fs: native } = bindings;
  const { CallbackRequest, Handle, PromiseRequest, Request, callBack, closeHandle, nativeFallback } = asyncContext;
  const { ArrayPrototypeSlice, ErrorCaptureStackTrace, ReflectApply, ReflectConstruct } = internals.primordials;
  const { Buffer } = internals.requireBuiltin('buffer');
  const connection = connect(addon, asyncContext);
  const { numbers, requests } = connection;
  const { kUsePromises } = native;
  const errors = systemErrors(internals, numbers);
  const { message, failed } = errors;
  const checks = validators(internals);
  const { invalidFd } = checks;

  class FSReqCallback extends CallbackRequest {
    constructor(bigint) {
      super('FSREQCALLBACK');
      this.bigint = bigint === true;
    }

    /** Best effort, as Node's: what has begun goes on, and its result is dropped by the caller. */
    cancel() {
      const slot = requests.slotOf(this);
      if (slot < 0) return;
      numbers[0] = slot;
      addon.cancel();
    }
  }
  if (native.FSReqCallback.prototype.cancel === undefined) delete FSReqCallback.prototype.cancel;

  // async_hooks hand these out as resources, under the names of the native classes.
  class FSReqPromise extends PromiseRequest {
    constructor() {
      super('FSREQPROMISE');
    }
  }
  class FileHandleCloseReq extends PromiseRequest {
    constructor() {
      super('FILEHANDLECLOSEREQ');
    }
  }

  /** What stays native gets a native request where it is given one of ours. */
  const nativeFor = (name) =>
    nativeFallback(native[name], FSReqCallback, ({ bigint, encoding }) => {
      const standIn = new native.FSReqCallback(bigint);
      if (encoding !== undefined) standIn.encoding = encoding;
      return standIn;
    });

  const isOurs = (req) => req === kUsePromises || req instanceof FSReqCallback;

  /** Begins a request: an addon function, up to two arguments, up to four numbers. */
  function later(start, req, convert, first, second, a, b, c, d) {
    const request = req === kUsePromises ? new FSReqPromise() : req;
    // Emits `init`: user code, which may use the numbers itself.
    const slot = requests.add(request, convert, first);
    numbers[0] = slot;
    numbers[1] = a;
    numbers[2] = b;
    numbers[3] = c;
    numbers[4] = d;
    try {
      if (second === undefined) start(first);
      else start(first, second);
    } catch (error) {
      requests.cancel(slot);
      throw error;
    }
    return request.promise;
  }

  /** Ends a request with an error before it has begun. */
  function refuse(req, error) {
    const request = req === kUsePromises ? new FSReqPromise() : req;
    requests.refuse(request, error);
    return request.promise;
  }

  /** An error's stack begins at who called the binding's function, as if that were native. */
  function hide(error, above) {
    ErrorCaptureStackTrace(error, above);
    return error;
  }

  /**
   * Makes a function of a path and one or two numbers that returns nothing, such as chmod. It shares its feedback with
   * the others that are made here, which costs some nanoseconds: hot functions are written out.
   * @param {string} name In the binding; the addon has it, and `<name>Async`.
   * @param {string} syscall As errors name it.
   * @param {1 | 2} count How many numbers stand before the request.
   */
  function ofPath(name, syscall, count) {
    const now = addon[name];
    const start = addon[`${name}Async`];
    return function self(path, a, b, c) {
      const req = count === 1 ? b : c;
      if (count === 1) b = 0;
      if (req === undefined) {
        numbers[0] = a;
        numbers[1] = b;
        now(path);
        if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message(syscall, path)], self), syscall, path);
        return undefined;
      }
      if (!isOurs(req)) return native[name](...arguments);
      return later(start, req, undefined, path, undefined, a, b);
    };
  }

  /** As {@link ofPath} for a descriptor and up to two numbers. */
  function ofDescriptor(name, syscall, count) {
    const now = addon[name];
    const start = addon[`${name}Async`];
    return function self(fd, a, b, c) {
      if (typeof fd !== 'number' || (fd | 0) !== fd || fd < 0) throw hide(invalidFd(fd), self);
      const req = count === 0 ? a : count === 1 ? b : c;
      if (req !== undefined && !isOurs(req)) return native[name](...arguments);
      if (count < 2) b = 0;
      if (count < 1) a = 0;
      if (req !== undefined) return later(start, req, undefined, undefined, undefined, fd, a, b);
      numbers[0] = fd;
      numbers[1] = a;
      numbers[2] = b;
      now();
      if (numbers[FAILED] !== 0) throw failed(ReflectConstruct(Error, [message(syscall)], self), syscall);
      return undefined;
    };
  }

  return {
    addon,
    native,
    bindings,
    internals,
    requireLib,
    ...connection,
    kUsePromises,
    Buffer,
    ArrayPrototypeSlice,
    ReflectApply,
    ReflectConstruct,
    Request,
    Handle,
    callBack,
    closeHandle,
    FSReqCallback,
    FileHandleCloseReq,
    ...errors,
    ...checks,
    whenCollected: collection(internals),
    nativeFor,
    unmanaged: unmanagedDescriptors({ addon, internals, native, numbers }),
    isOurs,
    later,
    refuse,
    hide,
    ofPath,
    ofDescriptor,
  };
}

module.exports = { frame };
