'use strict';

const { connect } = require('../connection.js');

/**
 * What the stories of the one-hop variant share. A story replaces functions of Node's lib by one job each, and hands
 * everything that is odd to lib's own function: what the job has not begun can still be done in steps.
 *
 * Numbers are handed over as frame.js says.
 * @typedef {ReturnType<typeof hop>} Hop
 */

/** Which script calls from the addon, and how many frames are above it at most. */
const COMPLETIONS = require.resolve('../../../../shims/node-api/completions.js');
const DEEP = 30;
const lookupGetter = Object.prototype.__lookupGetter__;

/** @param {import('../../../../shims/internal-binding/load-port.js').FeatureContext} context */
function hop({ addon, internals, native, overrides, requireFresh, asyncContext, replace }) {
  const { PromisePrototypeThen, PromiseWithResolvers, ErrorCaptureStackTrace } = internals.primordials;
  const { numbers, requests, batch } = connect(addon, asyncContext);
  const utils = requireFresh('internal/fs/utils');
  const { AbortError } = requireFresh('internal/errors');
  const { getCallSites } = internals.internalBinding('util');

  // async_hooks hand these out as resources, under the names and types of what lib would have made.
  class FSReqPromise extends asyncContext.Request {
    constructor(done) {
      super('FSREQPROMISE');
      this.settle = done;
    }
  }
  class FSReqCallback extends asyncContext.Request {
    constructor(done) {
      super('FSREQCALLBACK');
      this.settle = done;
    }
  }

  /** Begins a job: an addon function, up to two arguments, up to three numbers. It settles the request. */
  function submit(request, start, first, second, a, b, c) {
    // Emits `init`: user code, which may use the numbers itself.
    const slot = requests.add(request, undefined, first);
    numbers[0] = slot;
    numbers[1] = a;
    numbers[2] = b;
    numbers[3] = c;
    try {
      if (second === undefined) start(first);
      else start(first, second);
    } catch (error) {
      requests.cancel(slot);
      throw error;
    }
  }

  /** Natively nothing of a completion is on the stack; here the batch is, unless this was its last. */
  function recaptured(error) {
    const isInBatch = getCallSites(DEEP).some(({ scriptName }) => scriptName === COMPLETIONS);
    ErrorCaptureStackTrace(error, isInBatch ? batch.drain : recaptured);
    throw error;
  }

  /**
   * Rejects a promise with an error whose stack names who awaits it, as errors of lib's async functions do. The
   * engine finds these when a stack is captured inside of a reaction that leads to them.
   * @param {(value: unknown) => void} resolve
   */
  function rejectFromHere(resolve, error) {
    const { promise, reject } = PromiseWithResolvers();
    // First the way to who awaits is laid, then the reaction runs.
    resolve(PromisePrototypeThen(promise, undefined, recaptured));
    reject(error);
  }

  const { FileHandle } = requireFresh('internal/fs/promises');
  const { close } = FileHandle.prototype;
  const getFd = lookupGetter.call(FileHandle.prototype, 'fd');
  /** Whether somebody has replaced what lib's promises of Node 24 go through, to watch it or to make it fail. */
  const isHandlePatched = () =>
    native.fs.ReadFileJob === undefined &&
    (FileHandle.prototype.close !== close || lookupGetter.call(FileHandle.prototype, 'fd') !== getFd);

  return {
    FileHandle,
    isHandlePatched,
    addon,
    numbers,
    batch,
    internals,
    overrides,
    native,
    utils,
    requireFresh,
    replace,
    fs: requireFresh('fs'),
    promises: requireFresh('internal/fs/promises').exports,
    /** Node's virtual file systems serve what they have mounted from JavaScript. */
    isVirtual: () => (utils.vfsState?.handlers ?? null) !== null,
    aborted: (signal) => new AbortError(undefined, { cause: signal.reason }),
    FSReqPromise,
    FSReqCallback,
    submit,
    rejectFromHere,
  };
}

module.exports = { hop };
