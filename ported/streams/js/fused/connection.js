'use strict';

const { Batch } = require('../../../../shims/node-api/completions.js');

/** What an addon shares with JavaScript for its pumps, by addon: all worlds of a thread have one instance of it. */
const connections = new WeakMap();

/**
 * Connects the addon once for this thread.
 * @param {object} addon
 * @param {object} asyncContext shims/internal-binding/async-context.js
 * @returns {{ numbers: Float64Array, requests: object, waiting: Map<number, () => void> }} `waiting` has, by pump, what
 *   goes on when its socket takes bytes again.
 */
function connect(addon, { RequestTable }) {
  let connection = connections.get(addon);
  if (connection !== undefined) return connection;
  const requests = new RequestTable();
  const waiting = new Map();
  const batch = new Batch((slot, error, value, more) => {
    if (slot >= 0) requests.settle(slot, error, value, more);
    else waiting.get(~slot)?.();
  });
  connection = { numbers: new Float64Array(16), requests, waiting };
  addon.connectPumps(batch.drain, batch.entries, batch.words, connection.numbers);
  connections.set(addon, connection);
  return connection;
}

module.exports = { connect };
