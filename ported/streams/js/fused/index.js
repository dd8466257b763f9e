'use strict';

/**
 * The fused variant: a `pipeline()` whose ends and middle nobody looks at runs natively from end to end. It replaces
 * functions of Node's lib, and is therefore a feature of the port and not a part of its bindings.
 *
 * Node's own pipeline() runs all the same, and so do open, end, finish, close, abort and errors: what is replaced is how
 * bytes get from the source to the sink. Where somebody looks (recognise.js says who can), nothing is replaced.
 */

const { connect } = require('./connection.js');
const { fusion } = require('./fuse.js');
const { recognition } = require('./recognise.js');

/** @param {import('../../../../shims/internal-binding/load-port.js').FeatureContext} context */
module.exports = function fused(context) {
  const { addon, asyncContext, internals, replace, requireFresh } = context;
  const recognise = recognition(context);
  const fuse = fusion({ ...context, ...connect(addon, asyncContext), recognise });
  const { ReflectApply } = internals.primordials;

  function watch(target, name, isLast) {
    const original = target.pipeline;
    function pipeline(...streams) {
      // Looked at before pipeline() adds its own listeners.
      const pipe = recognise.pipeOf(streams, isLast);
      const result = ReflectApply(original, this, streams);
      if (pipe !== undefined) fuse(pipe);
      return result;
    }
    replace(target, 'pipeline', pipeline, name);
    // util.promisify asks for one of them.
    const { name: _name, length: _length, prototype: _prototype, ...rest } = Object.getOwnPropertyDescriptors(original);
    Object.defineProperties(target.pipeline, rest);
  }
  watch(requireFresh('stream'), 'stream.pipeline', (last) => typeof last === 'function');
  watch(requireFresh('stream/promises'), 'stream.promises.pipeline', (last) => last === undefined || isOptions(last));
};

/** What stream.promises.pipeline() takes for its options, of what is no stream. */
function isOptions(value) {
  return typeof value === 'object' && value !== null && value[Symbol.iterator] === undefined && value[Symbol.asyncIterator] === undefined &&
    value.pipe === undefined && value.getReader === undefined && value.getWriter === undefined && value.readable === undefined;
}
