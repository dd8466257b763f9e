'use strict';

/**
 * Asynchronous requests as async_hooks, AsyncLocalStorage and the event loop see them, for the JavaScript
 * halves of ports. Ids, types, triggers and the order of events, ticks and microtasks are those of Node's own
 * AsyncWrap requests, although one crossing from the addon completes many of them.
 *
 * A JavaScript half uses it like this:
 *
 *     class FSReqCallback extends CallbackRequest {
 *       constructor() { super('FSREQCALLBACK'); }
 *     }
 *     const requests = new RequestTable();
 *     const batch = new Batch((slot, error, value, more) => requests.settle(slot, error, value, more));
 *     addon.connect(batch.drain, batch.entries, batch.words);    // once for an addon: see shims/node-api/completions.js
 *
 *     function rename(from, to, req) {
 *       if (req === undefined) return addon.rename(from, to);
 *       if (req === kUsePromises) req = new PromiseRequest('FSREQPROMISE');
 *       const slot = requests.add(req);
 *       try { addon.renameAsync(slot, from, to); } catch (error) { requests.cancel(slot); throw error; }
 *       return req.promise;
 *     }
 *
 * The batch must be delivered through napi_make_callback without an async context, from a place where no other async
 * context is entered (a threadsafe function enters its own: then every batch adds a before and an after that native
 * code does not emit).
 */

const { reach } = require('./reach.js');

const { internalBinding, primordials, requireBuiltin } = reach();
const { PromiseWithResolvers, ReflectApply } = primordials;
const {
  destroyHooksExist,
  emitAfter,
  emitBefore,
  emitDestroy,
  emitInit,
  getDefaultTriggerAsyncId,
  initHooksExist,
  newAsyncId,
} = requireBuiltin('internal/async_hooks');
const { triggerUncaughtException } = internalBinding('errors');
const AsyncContextFrame = requireBuiltin('internal/async_context_frame');
// Asking is what switches the frames on, and it is always asked before user code runs.
const framesEnabled = AsyncContextFrame.enabled;
// Sets up what is set up already, and is the only way to Node's own function.
const { runNextTicks: runTicks } = requireBuiltin('internal/process/task_queues').setupTaskQueue();

/**
 * Runs ticks and microtasks as at the end of a callback from native code. What one throws is reported
 * (uncaughtException), which also empties the stack of contexts; the others wait for the next callback.
 */
function runNextTicks() {
  try {
    runTicks();
  } catch (thrown) {
    triggerUncaughtException(thrown, false);
  }
}

/** What a request is to async_hooks; the two subclasses say what its completion does. */
class Request {
  #type;
  #asyncId = 0;
  #triggerAsyncId = 0;
  #frame;
  #convert;
  #keepAlive;

  /** @param {string} type The provider type that async_hooks reports, such as `FSREQCALLBACK`. */
  constructor(type) {
    this.#type = type;
  }

  /**
   * Enters the request into async_hooks: takes an id, captures the context, emits `init`. Once; `RequestTable.add`
   * does it. It is not done at construction, so that a native function can serve the request instead (see
   * {@link nativeFallback}) without a second `init`.
   */
  begin() {
    if (this.#asyncId !== 0) return;
    this.#asyncId = newAsyncId();
    this.#triggerAsyncId = getDefaultTriggerAsyncId();
    if (framesEnabled) this.#frame = AsyncContextFrame.current();
    if (initHooksExist()) emitInit(this.#asyncId, this.#type, this.#triggerAsyncId, this);
  }

  /** @returns {number} As AsyncWrap's method of this name. */
  getAsyncId() {
    this.begin();
    return this.#asyncId;
  }

  /** @returns {number} As AsyncWrap's method of this name. */
  getProviderType() {
    return internalBinding('async_wrap').Providers[this.#type];
  }

  static adopt(request, asyncId) {
    request.#asyncId = asyncId;
  }

  static prepare(request, convert, keepAlive) {
    request.begin();
    request.#convert = convert;
    request.#keepAlive = keepAlive;
  }

  /**
   * Completes one request the way AsyncWrap::MakeCallback does, except for the ticks.
   * @returns {boolean} Whether the callback returned; when it threw, the error was reported already.
   */
  static complete(request, error, value) {
    // Native code builds results before it enters the callback's context.
    if (error === undefined && request.#convert !== undefined) {
      try {
        value = request.#convert(value);
      } catch (thrown) {
        error = thrown;
      }
    }
    request.#convert = request.#keepAlive = undefined;
    const priorFrame = AsyncContextFrame.exchange(request.#frame);
    emitBefore(request.#asyncId, request.#triggerAsyncId, request);
    try {
      request.settle(error, value);
    } catch (thrown) {
      // Handlers of uncaughtException run inside the context of the request, as they do natively; afterwards
      // Node has emitted `after` and emptied the stack of contexts by itself. Without a handler this ends the
      // process.
      triggerUncaughtException(thrown, false);
      AsyncContextFrame.set(priorFrame);
      return false;
    }
    emitAfter(request.#asyncId);
    AsyncContextFrame.set(priorFrame);
    return true;
  }

  static end(request) {
    emitDestroy(request.#asyncId);
  }
}
const { adopt, complete, end, prepare } = Request;
// These reach private fields, and requests are handed to users.
for (const name of ['adopt', 'complete', 'end', 'prepare']) delete Request[name];

/** A request that calls `oncomplete(error)`, `oncomplete(null)` or `oncomplete(null, value)`. */
class CallbackRequest extends Request {
  constructor(type) {
    super(type);
    this.oncomplete = undefined;
    this.context = undefined;
  }

  /** Node's lib looks at the number of arguments. */
  settle(error, value) {
    const { oncomplete } = this;
    if (typeof oncomplete !== 'function') return;
    if (error !== undefined) this.oncomplete(error);
    else if (value === undefined) this.oncomplete(null);
    else this.oncomplete(null, value);
  }
}

/** A request that settles its `promise`. */
class PromiseRequest extends Request {
  #resolve;
  #reject;

  constructor(type) {
    super(type);
    ({ promise: this.promise, resolve: this.#resolve, reject: this.#reject } = PromiseWithResolvers());
  }

  settle(error, value) {
    if (error === undefined) this.#resolve(value);
    else this.#reject(error);
  }
}

/** What calls back as often as something happens, until it is closed, as Node's own handles do. */
class Handle extends Request {
  /** Enters async_hooks at once, as native handles do. */
  constructor(type) {
    super(type);
    this.begin();
  }

  settle(error, { name, args }) {
    const method = this[name];
    if (typeof method === 'function') ReflectApply(method, this, args);
  }

  /**
   * Calls a method that a user may have set, in the handle's context, as AsyncWrap::MakeCallback does: ticks and
   * microtasks run before this returns. An error that it throws is reported (uncaughtException).
   */
  static callBack(handle, name, ...args) {
    if (complete(handle, undefined, { name, args })) runNextTicks();
  }

  /** Leaves async_hooks: the handle is closed and calls back no more. */
  static close(handle) {
    end(handle);
  }
}
const { callBack, close } = Handle;
for (const name of ['callBack', 'close']) delete Handle[name];

/** The requests that the addon works on, by the integers (slots) with which it names them. */
class RequestTable {
  #requests = [];
  #free = [];

  /** How many requests are in flight. */
  get size() {
    return this.#requests.length - this.#free.length;
  }

  /**
   * @param {Request} request
   * @param {(value: any) => any} [convert] Makes the result from what the addon delivers; runs outside of the
   *   request's context; what it throws is the request's error.
   * @param {unknown} [keepAlive] What must not be collected while the addon works, such as a Buffer.
   * @returns {number} The slot.
   */
  add(request, convert, keepAlive) {
    prepare(request, convert, keepAlive);
    const slot = this.#free.length > 0 ? this.#free.pop() : this.#requests.length;
    this.#requests[slot] = request;
    return slot;
  }

  /** @returns {number} Where a request is in flight; -1 when it is not. */
  slotOf(request) {
    return this.#requests.indexOf(request);
  }

  /** Gives a slot back when the addon threw instead of taking the request. */
  cancel(slot) {
    end(this.#take(slot));
  }

  /** Completes a request while it is being begun, as libuv does with one that it refuses. */
  refuse(request, error) {
    prepare(request);
    complete(request, error);
    end(request);
  }

  /**
   * Completes one request of a batch as if the event loop had delivered it by itself: ticks and microtasks run before
   * the next. An error that a callback throws is reported here (uncaughtException); this never throws it.
   * @param {number} slot
   * @param {unknown} error undefined where the operation succeeded.
   * @param {unknown} value
   * @param {boolean} more Whether another completion follows before the event loop goes on. After the last one Node
   *   runs the ticks itself.
   */
  settle(slot, error, value, more) {
    const request = this.#take(slot);
    const returned = complete(request, error, value);
    const emitsDestroy = destroyHooksExist();
    // After a throw the ticks wait for the next callback. (After a throw of the batch's last, Node 26 natively runs
    // immediates before the ticks; here the end of the batch runs them.) A native request is destroyed after its ticks.
    if (returned && (more || emitsDestroy)) runNextTicks();
    if (emitsDestroy) end(request);
  }

  #take(slot) {
    const request = this.#requests[slot];
    this.#requests[slot] = undefined;
    this.#free.push(slot);
    return request;
  }
}

/**
 * Lets a function that stays native serve requests of the port: a native request stands in, does its own async
 * context, and calls back with the port's request as `this`.
 * @param {Function} nativeFunction
 * @param {typeof CallbackRequest} RequestClass
 * @param {(request: CallbackRequest) => object} createNative Makes the native request.
 * @returns {Function}
 */
function nativeFallback(nativeFunction, RequestClass, createNative) {
  return function () {
    // The request is the last argument or close to it, and how many there are matters to native code.
    for (let i = arguments.length - 1; i >= 0; i--) {
      const request = arguments[i];
      if (!(request instanceof RequestClass)) continue;
      const nativeRequest = createNative(request);
      adopt(request, nativeRequest.getAsyncId());
      nativeRequest.oncomplete = function () {
        if (typeof request.oncomplete === 'function') return ReflectApply(request.oncomplete, request, arguments);
      };
      arguments[i] = nativeRequest;
      break;
    }
    return ReflectApply(nativeFunction, this, arguments);
  };
}

module.exports = {
  CallbackRequest,
  Handle,
  PromiseRequest,
  Request,
  RequestTable,
  callBack,
  closeHandle: close,
  nativeFallback,
  runNextTicks,
};
