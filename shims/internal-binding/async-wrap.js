'use strict';

/**
 * Handles and requests as async_hooks and AsyncLocalStorage see them, where each callback from the event loop is a
 * crossing of its own, as it is natively. (async-context.js is for many completions in one crossing.)
 *
 * The addon calls through napi_make_callback without an async context: that runs ticks and microtasks afterwards, and
 * puts the async context back.
 */

const { reach } = require('./reach.js');

const { internalBinding, primordials, requireBuiltin } = reach();
const { FunctionPrototypeCall } = primordials;
const {
  defaultTriggerAsyncIdScope,
  emitAfter,
  emitBefore,
  emitDestroy,
  emitInit,
  getDefaultTriggerAsyncId,
  initHooksExist,
  newAsyncId,
} = requireBuiltin('internal/async_hooks');
const { triggerUncaughtException } = internalBinding('errors');
const { Providers } = internalBinding('async_wrap');
const AsyncContextFrame = requireBuiltin('internal/async_context_frame');
// Asking is what switches the frames on, and it is always asked before user code runs.
const framesEnabled = AsyncContextFrame.enabled;

/** As AsyncWrap of node's C++: an object with an async id, for as long as native code refers to it. */
class AsyncWrap {
  #type;
  #asyncId = 0;
  #triggerAsyncId = 0;
  #frame;
  #resource;

  /** @param {string} type The provider type that async_hooks reports, such as `TCPWRAP`. */
  constructor(type) {
    this.#type = type;
  }

  /** @returns {number} */
  getAsyncId() {
    return this.#asyncId;
  }

  /** @returns {number} */
  getProviderType() {
    return Providers[this.#type];
  }

  /** Begins a new life under a new id, as a socket that an agent hands to its next request. */
  asyncReset(resource) {
    if (this.#asyncId !== 0) emitDestroy(this.#asyncId);
    begin(this, getDefaultTriggerAsyncId(), typeof resource === 'object' && resource !== null ? resource : this);
  }

  static begin(wrap, triggerAsyncId, resource = wrap) {
    wrap.#asyncId = newAsyncId();
    wrap.#triggerAsyncId = triggerAsyncId;
    wrap.#resource = resource;
    if (framesEnabled) wrap.#frame = AsyncContextFrame.current();
    if (initHooksExist()) emitInit(wrap.#asyncId, wrap.#type, triggerAsyncId, resource);
  }

  static idOf(wrap) {
    return wrap.#asyncId;
  }

  /**
   * Calls a function in the context of `wrap`, which is its `this`, as AsyncWrap::MakeCallback does. What it throws is
   * reported (uncaughtException), and undefined returned.
   */
  static call(wrap, callback, a, b, c, d, e) {
    const asyncId = wrap.#asyncId;
    if (wrap.#frame !== undefined) AsyncContextFrame.set(wrap.#frame);
    emitBefore(asyncId, wrap.#triggerAsyncId, wrap.#resource);
    let result;
    try {
      result = FunctionPrototypeCall(callback, wrap, a, b, c, d, e);
    } catch (thrown) {
      // Handlers of uncaughtException run inside the context; afterwards Node has emitted `after` and emptied the stack
      // of contexts by itself. Without a handler this ends the process.
      triggerUncaughtException(thrown, false);
      return undefined;
    }
    emitAfter(asyncId);
    return result;
  }

  static end(wrap) {
    emitDestroy(wrap.#asyncId);
  }
}

const { begin, call, end, idOf } = AsyncWrap;
// These reach private fields, and wraps are handed to users.
for (const name of ['begin', 'call', 'end', 'idOf']) delete AsyncWrap[name];

module.exports = {
  AsyncWrap,
  /** Enters a wrap into async_hooks: takes an id, captures the context, emits `init`. */
  begin,
  /** Calls back from the event loop. */
  call,
  /** Leaves async_hooks: native code refers to the object no more. */
  end,
  idOf,
  defaultTriggerAsyncIdScope,
  getDefaultTriggerAsyncId,
};
