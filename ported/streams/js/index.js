'use strict';

/**
 * The JavaScript half of the streams port: the classes that Node's lib makes, with their async ids and requests.
 * What they do is in Rust. This composes the stories.
 */

const asyncWrap = require('../../../shims/internal-binding/async-wrap.js');
const { connect } = require('./connection.js');
const { guards, openDoors } = require('./native-doors.js');
const { requestClasses } = require('./requests.js');
const { socketClasses } = require('./sockets.js');
const { streamClass } = require('./stream-handle.js');
const { terminalClass } = require('./terminal.js');

/**
 * @param {object} port
 * @param {object} port.addon The addon's exports.
 * @param {object} port.internals What shims/internal-binding reaches.
 * @param {Record<string, object>} port.native The native bindings.
 * @returns {Record<string, object>} The properties that replace those of the native bindings.
 */
module.exports = function create({ addon, internals, native, asyncContext }) {
  const { AsyncWrap } = asyncWrap;
  const { Buffer } = internals.requireBuiltin('buffer');
  const connection = connect(addon, native.stream_wrap.streamBaseState, internals);
  const frame = { addon, asyncContext, internals, native, AsyncWrap, asyncWrap, Buffer, ...connection };
  Object.assign(frame, requestClasses(frame));
  Object.assign(frame, streamClass(frame));
  const { WriteWrap, ShutdownWrap, TCPConnectWrap, PipeConnectWrap } = frame;
  Object.assign(frame, socketClasses(frame));
  const { TCP, Pipe } = frame;
  const overrides = {
    ...guards(frame),
    stream_wrap: { WriteWrap, ShutdownWrap },
    tcp_wrap: { TCP, TCPConnectWrap },
    pipe_wrap: { Pipe, PipeConnectWrap },
    tty_wrap: { TTY: terminalClass(frame) },
  };
  frames.set(overrides, frame);
  return overrides;
};

/** What an instance is made of, by what it returned. */
const frames = new WeakMap();

module.exports.install = {
  order: [
    { on: 'port', builtins: ['net', 'tty'] },
    // It hands pipes to C++.
    { on: 'native', builtins: ['child_process'] },
  ],
  installed({ overrides }) {
    openDoors(frames.get(overrides));
  },
};

module.exports.features = { fused: require('./fused/index.js') };
