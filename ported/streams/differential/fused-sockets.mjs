// Pipelines from files to sockets, natively and fused.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import stockZlib from 'node:zlib';
import { bytes, closed, digest, folder, outcome, recorded, same, stateOf, test } from './fused-worlds.mjs';

const sizes = [0, 1, 200_001, 5_000_000];
for (const size of sizes) writeFileSync(join(folder, `in-${size}`), bytes(size));

/**
 * Has a server pipe to whoever connects, and the client read.
 * @param {(socket: object) => Promise<unknown>} serve
 * @param {(client: object) => void} read Begins to read.
 */
function served({ net }, serve, read = (client) => client.resume(), address = { port: 0, host: '127.0.0.1' }) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let result;
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      result = serve(socket);
      socket.resume();
    });
    server.on('error', reject);
    server.listen(address, () => {
      const client = net.connect(address.path === undefined ? server.address().port : address.path);
      client.on('data', (data) => chunks.push(data));
      client.on('error', () => {});
      client.on('close', () => server.close(async () => {
        const told = await result;
        // A socket tells of its end when the event loop has closed its handle: at the end of this turn.
        setImmediate(() => setImmediate(() => resolve([told, digest(Buffer.concat(chunks))])));
      }));
      client.pause();
      read(client);
    });
  });
}

for (const size of sizes) {
  for (const compressed of [false, true]) {
    test(`${size} bytes ${compressed ? 'decompressed ' : ''}to a socket`, () =>
      same(true, async (arm) => {
        writeFileSync(join(folder, 'packed'), stockZlib.gzipSync(bytes(size)));
        return served(arm, async (socket) => {
          const source = arm.fs.createReadStream(join(folder, compressed ? 'packed' : `in-${size}`));
          const streams = { source, ...(compressed ? { zlib: arm.zlib.createGunzip() } : {}), socket };
          const logs = recorded(streams);
          const result = await outcome(arm.promises.pipeline(...Object.values(streams)));
          const written = [socket.bytesWritten, socket._bytesDispatched];
          await closed(...Object.values(streams));
          return [result, logs, written, socket.bytesWritten, stateOf(source)];
        });
      }));
  }
}

test('a client that reads late gets everything, over a Unix socket too', async () => {
  for (const path of [undefined, join(folder, 'socket')]) {
    await same(true, (arm) =>
      served(
        arm,
        (socket) => outcome(arm.promises.pipeline(arm.fs.createReadStream(join(folder, 'in-5000000')), socket)),
        (client) => setTimeout(() => client.resume(), 100),
        path === undefined ? undefined : { path },
      ));
  }
});

test('what is written before and after stands before and after', () =>
  same(true, (arm) =>
    served(arm, async (socket) => {
      await new Promise((resolve) => socket.write('before', resolve));
      const result = await outcome(arm.promises.pipeline(arm.fs.createReadStream(join(folder, 'in-5000000')), socket, { end: false }));
      socket.end('after');
      await closed(socket);
      return [result, socket.bytesWritten];
    })));

test('whoever writes in between is heard', () =>
  same(true, (arm) =>
    served(
      arm,
      async (socket) => {
        const piped = outcome(arm.promises.pipeline(arm.fs.createReadStream(join(folder, 'in-5000000')), socket, { end: false }));
        const written = new Promise((resolve) => setTimeout(() => socket.write('!'.repeat(1000), resolve), 30));
        const result = [await piped, await written];
        socket.end();
        await closed(socket);
        return [result, socket.bytesWritten];
      },
      (client) => setTimeout(() => client.resume(), 100),
    ).then(([result]) => result)));

test('nothing is fused while a socket has something to write, or connects', async () => {
  await same(false, (arm) =>
    served(arm, async (socket) => {
      socket.cork();
      socket.write('first');
      const done = outcome(arm.promises.pipeline(arm.fs.createReadStream(join(folder, 'in-200001')), socket));
      socket.uncork();
      return done;
    }));
  await same(false, ({ fs, net, promises }) =>
    new Promise((resolve) => {
      let received = 0;
      const server = net.createServer((socket) => socket.on('data', ({ length }) => (received += length)).on('close', () => server.close(() => resolve(received))));
      server.listen(0, '127.0.0.1', () => promises.pipeline(fs.createReadStream(join(folder, 'in-200001')), net.connect(server.address().port, '127.0.0.1')));
    }));
});

test('a client that has gone ends the pipeline', () =>
  same(true, (arm) =>
    served(
      arm,
      async (socket) => {
        const source = arm.fs.createReadStream(join(folder, 'in-5000000'));
        const result = await outcome(arm.promises.pipeline(source, socket));
        await closed(source, socket);
        // Whether reading or writing notices first, and with which errno, is the kernel's affair.
        assert.ok(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(result.error?.code), JSON.stringify(result));
        return [source.destroyed, source.fd, socket.destroyed];
      },
      (client) => setTimeout(() => client.resetAndDestroy(), 50),
    ).then(([result]) => result)));

test('a pipeline to a client that reads nothing can be aborted', () =>
  same(true, (arm) =>
    served(
      arm,
      async (socket) => {
        const source = arm.fs.createReadStream(join(folder, 'in-5000000'));
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 60);
        const result = await outcome(arm.promises.pipeline(source, socket, { signal: controller.signal }));
        await closed(source, socket);
        return [result, source.fd];
      },
      (client) => setTimeout(() => client.destroy(), 200),
    ).then(([result]) => result)));

test('a worker may end in the middle', () =>
  same(undefined, async () => {
    const worker = new Worker(new URL('./fused-worker.mjs', import.meta.url), { workerData: join(folder, 'in-5000000') });
    await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
    return worker.terminate();
  }));
