'use strict';

/** What an addon shares with JavaScript, by addon: all worlds of a thread have one instance of it. */
const connections = new WeakMap();

/** How a handle or request of the port is told what happened on the event loop. */
const kRead = Symbol('read');
const kAccept = Symbol('accept');
const kFinish = Symbol('finish');
const kClosed = Symbol('closed');
/** How an HTTP parser takes a handle's reads, and what it reads now. */
const kConsume = Symbol('consume');
const kCurrent = Symbol('current');
/** How a handle becomes one that C++ takes. */
const kNative = Symbol('native');

/**
 * Connects the addon once for this thread.
 *
 * Numbers go both ways in `words`, as ported/streams/binding documents function by function. Whoever fills it calls the
 * addon next, and reads the answer, without running anybody else's code in between.
 * @param {object} addon
 * @param {Int32Array} streamBaseState Node's own: native and ported streams tell lib about the last call there.
 * @param {object} internals What shims/internal-binding reaches.
 */
function connect(addon, streamBaseState, internals) {
  let connection = connections.get(addon);
  if (connection !== undefined) return connection;
  const words = new Int32Array(32);
  // By the numbers that the addon gives them. An array element costs less than a Map's, and they are dense.
  const handles = [];
  const requests = [];
  const slabs = [undefined, undefined, undefined, undefined];
  const { markAsUntransferable } = untransferable(internals);
  connection = { words, handles, requests };
  addon.connect(
    words,
    streamBaseState,
    function onRead() {
      const handle = handles[words[0]];
      const memory = slabs[words[1]];
      if (memory !== undefined && memory.byteLength === 0) addon.replaceSlab();
      handle[kRead](slabs[words[1]]);
    },
    function onConnection() {
      handles[words[0]][kAccept](words[1], words[2]);
    },
    function onRequest() {
      const slot = words[0];
      const request = requests[slot];
      requests[slot] = undefined;
      request[kFinish](words[1], words[2]);
    },
    function onClosed() {
      const slot = words[0];
      const handle = handles[slot];
      handles[slot] = undefined;
      handle[kClosed]();
    },
    function setSlab(index, memory) {
      // Many Buffers lie in it: a transfer of one would take the others' memory away. Messages and clones respect this;
      // ArrayBuffer.prototype.transfer does not, and onRead asks for another one then.
      markAsUntransferable(memory);
      slabs[index] = memory;
    },
  );
  connections.set(addon, connection);
  return connection;
}

/** As Node does with the memory that `Buffer.from` cuts its Buffers from. */
function untransferable({ internalBinding }) {
  const { untransferable_object_private_symbol: untransferableSymbol } = internalBinding('util').privateSymbols;
  return {
    markAsUntransferable(memory) {
      memory[untransferableSymbol] = true;
    },
  };
}

module.exports = { connect, kAccept, kClosed, kConsume, kCurrent, kFinish, kNative, kRead };
