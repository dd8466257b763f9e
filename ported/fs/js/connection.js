'use strict';

const { Batch } = require('../../../shims/node-api/completions.js');

/** What an addon shares with JavaScript, by addon: all worlds of a thread have one instance of it. */
const connections = new WeakMap();

/**
 * Connects the addon once for this thread.
 * @param {object} addon
 * @param {object} asyncContext shims/internal-binding/async-context.js
 * @returns {{ numbers: Float64Array, stats: Float64Array, bigStats: BigInt64Array, batch: Batch, requests: object }}
 *   `stats` and `bigStats` have room for two files, as the arrays of the native binding do.
 */
function connect(addon, { RequestTable }) {
  let connection = connections.get(addon);
  if (connection !== undefined) return connection;
  const requests = new RequestTable();
  connection = {
    numbers: new Float64Array(6),
    stats: new Float64Array(36),
    bigStats: new BigInt64Array(36),
    batch: new Batch((slot, error, value, more) => requests.settle(slot, error, value, more)),
    requests,
  };
  const { batch, numbers, stats, bigStats } = connection;
  addon.connect(batch.drain, batch.entries, batch.words, numbers, stats, bigStats);
  connections.set(addon, connection);
  return connection;
}

module.exports = { connect };
