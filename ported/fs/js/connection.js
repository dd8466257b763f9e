'use strict';

const { Batch } = require('../../../shims/node-api/completions.js');

/** What an addon shares with JavaScript, by addon: all worlds of a thread have one instance of it. */
const connections = new WeakMap();

/**
 * Connects the addon once for this thread.
 * @param {object} addon
 * @param {object} asyncContext shims/internal-binding/async-context.js
 * @returns {{ numbers: Float64Array, stats: Float64Array, bigStats: BigInt64Array, statFs: Float64Array,
 *   bigStatFs: BigInt64Array, batch: Batch, requests: object, listeners: Map<number, (value: any) => void>, nextListener: () => number }}
 *   `stats` and `bigStats` have room for two files, as the arrays of the native binding do. What the addon delivers
 *   under the slot `~n`, which is no request's, goes to the listener `n`. What `nextListener` returns and the number behind it are free.
 */
function connect(addon, { RequestTable }) {
  let connection = connections.get(addon);
  if (connection !== undefined) return connection;
  const requests = new RequestTable();
  const listeners = new Map();
  let lastListener = -1;
  function settle(slot, error, value, more) {
    if (slot >= 0) {
      requests.settle(slot, error, value, more);
      return;
    }
    if (error !== undefined) throw error;
    listeners.get(~slot)?.(value);
  }
  connection = {
    numbers: new Float64Array(6),
    stats: new Float64Array(36),
    bigStats: new BigInt64Array(36),
    statFs: new Float64Array(8),
    bigStatFs: new BigInt64Array(8),
    batch: new Batch(settle),
    requests,
    listeners,
    nextListener: () => (lastListener += 2),
  };
  const { batch, numbers, stats, bigStats, statFs, bigStatFs } = connection;
  addon.connect(batch.drain, batch.entries, batch.words, numbers, stats, bigStats, statFs, bigStatFs);
  connections.set(addon, connection);
  return connection;
}

/** Has an object of an addon's functions share its connection. */
function share(addon, functions) {
  connections.set(functions, connections.get(addon));
  return functions;
}

module.exports = { connect, share };
