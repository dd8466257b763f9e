// Run by workers.test.mjs in workers and processes of its own: opens much, then ends as it is told.
import { setTimeout as wait } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ported } from './worlds.mjs';

const net = ported.module;
const mode = workerData?.mode ?? process.argv[2];
const sockets = [];
const server = net.createServer((socket) => {
  sockets.push(socket);
  socket.on('error', () => {});
  // Nobody reads it: it stays in flight.
  socket.write(Buffer.alloc(8_000_000));
  socket.write('x'.repeat(1_000_000));
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address();
for (let i = 0; i < 10; i++) {
  const client = net.connect(port, '127.0.0.1');
  client.on('error', () => {});
  client.pause();
  sockets.push(client);
}
while (sockets.length < 20) await wait(5);
sockets.at(-1).destroy();
net.connect(port, '127.0.0.1').on('error', () => {});

if (isMainThread) end();
else {
  parentPort.once('message', end);
  parentPort.postMessage('busy');
}

function end() {
  if (mode === 'throw') throw new Error('thrown on purpose');
  process.exit(7);
}
