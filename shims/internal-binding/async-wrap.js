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
const { Providers, execution_async_resources: executionAsyncResources } = internalBinding('async_wrap');
const AsyncContextFrame = requireBuiltin('internal/async_context_frame');
// Asking is what switches the frames on, and it is always asked before user code runs.
const framesEnabled = AsyncContextFrame.enabled;

/** What async_hooks know of a handle or request, for as long as native code refers to it. */
class AsyncState {
  /** @param {string} type The provider type that async_hooks reports, such as `TCPWRAP`. */
  constructor(type) {
    this.type = type;
    this.asyncId = -1;
    this.triggerAsyncId = -1;
    this.frame = undefined;
    this.resource = undefined;
  }
}

/** Enters async_hooks: takes an id, captures the context, emits `init`. */
function begin(state, resource, triggerAsyncId) {
  state.asyncId = newAsyncId();
  state.triggerAsyncId = triggerAsyncId;
  state.resource = resource;
  if (framesEnabled) state.frame = AsyncContextFrame.current();
  if (initHooksExist()) emitInit(state.asyncId, state.type, triggerAsyncId, resource);
}

/**
 * Calls a function in a context, as AsyncWrap::MakeCallback does. What it throws is reported (uncaughtException), and
 * undefined returned.
 */
function call(state, receiver, callback, a, b, c, d, e) {
  const { asyncId, frame } = state;
  if (frame !== undefined) AsyncContextFrame.set(frame);
  emitBefore(asyncId, state.triggerAsyncId, state.resource);
  let result;
  try {
    result = FunctionPrototypeCall(callback, receiver, a, b, c, d, e);
  } catch (thrown) {
    // Handlers of uncaughtException run inside the context; afterwards Node has emitted `after` and emptied the stack
    // of contexts by itself. Without a handler this ends the process.
    triggerUncaughtException(thrown, false);
    return undefined;
  }
  emitAfter(asyncId);
  // The scope of napi_make_callback, which has no resource in JavaScript, is below. It cuts the list itself at its end,
  // through V8's general setter of an array's length, unless nothing is left to cut: 3% of what a small message costs.
  if (executionAsyncResources.length === 1 && executionAsyncResources[0] === undefined) executionAsyncResources.pop();
  return result;
}

/** Leaves async_hooks: native code refers to the object no more. */
function end(state) {
  emitDestroy(state.asyncId);
}

/** As AsyncWrap of node's C++: an object that is known to async_hooks all its life. */
class AsyncWrap {
  #state;

  /** @param {string} type */
  constructor(type) {
    this.#state = new AsyncState(type);
  }

  /** @returns {number} */
  getAsyncId() {
    return this.#state.asyncId;
  }

  /** @returns {number} */
  getProviderType() {
    return Providers[this.#state.type];
  }

  /** Begins a new life under a new id, as a socket that an agent hands to its next request. */
  asyncReset(resource) {
    const state = this.#state;
    if (state.asyncId !== -1) end(state);
    begin(state, typeof resource === 'object' && resource !== null ? resource : this, getDefaultTriggerAsyncId());
  }

  static stateOf(wrap) {
    return wrap.#state;
  }
}
const { stateOf } = AsyncWrap;
// It reaches a private field, and wraps are handed to users.
delete AsyncWrap.stateOf;

module.exports = {
  AsyncState,
  AsyncWrap,
  Providers,
  begin,
  call,
  defaultTriggerAsyncIdScope,
  end,
  getDefaultTriggerAsyncId,
  stateOf,
};
