'use strict';

/** A worker whose echo server is in use when it is terminated. */
const { parentPort, workerData } = require('worker_threads');

const { description, shims } = workerData;
// Before anything loads net.
const installed = description && require(shims).install(description);
const server = require('net').createServer({ noDelay: true }, (socket) => {
  socket.on('data', (chunk) => { socket.write(chunk); });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port }));
parentPort.on('message', () => parentPort.postMessage({ calls: installed?.portCalls() ?? 0 }));
