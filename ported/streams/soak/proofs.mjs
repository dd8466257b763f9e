/** What each proof does; a figure that must not grow is compared after a collection. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { listen, loadGenerator } from '../../../bench/inputs/load.mjs';
import { recordingServer } from './recording-server.mjs';

/** Pages that the allocators keep for other reasons come to some mebibytes, however many operations there were. */
const ALLOWANCE = 24 << 20;

export const proofs = { hold, churn, slow, faults, workers };

/** So many connections at once, each of which still answers. */
async function hold({ tools, smoke }) {
  const lanes = smoke ? 300 : 10_000;
  const { ask } = loadGenerator(tools);
  return around(lanes, async ({ port, server }) => {
    const before = await usage();
    const exchange = { kind: 'echo', size: 64 };
    const { opened: target } = await ask({ do: 'open', address: { port }, lanes, exchange });
    await all(ask({ do: 'run', target, operations: 3 * lanes }), 3 * lanes);
    const held = await usage();
    assert.equal(await connections(server), lanes);
    await ask({ do: 'close', target });
    await none(server);
    const after = await usage();
    assert.equal(after.descriptors, before.descriptors, 'descriptors that are left');
    const each = ((held.rss - before.rss) / lanes / 1024).toFixed(1);
    return `${lanes} connections held, ${held.descriptors - before.descriptors} descriptors, ${each} KiB each; ` +
      `${after.descriptors - before.descriptors} descriptors left`;
  });
}

/** So many connections one after the other. */
async function churn({ tools, smoke }) {
  const [total, lanes] = smoke ? [3000, 16] : [1_000_000, 64];
  const { ask } = loadGenerator(tools);
  return around(lanes, async ({ port, server }) => {
    const { opened: target } = await ask({ do: 'open', address: { port }, lanes, exchange: { kind: 'connect', size: 16 } });
    const warm = total / 10;
    const seen = [];
    for (let done = 0; done < total; done += warm) {
      await all(ask({ do: 'run', target, operations: warm }), warm);
      await none(server);
      seen.push(await usage());
    }
    // Halves, since the allocator takes some memory at once and late, natively too: a leak raises every later tenth.
    const [first, second] = [seen.slice(0, 5), seen.slice(5)].map((half) => median(half.map(({ rss }) => rss)));
    const grown = second - first;
    const series = seen.map(({ rss }) => mebibytes(rss)).join(', ');
    const left = seen.at(-1).descriptors - seen[0].descriptors;
    assert.equal(left, 0, 'descriptors that are left');
    assert.ok(grown <= ALLOWANCE, `${mebibytes(grown)} more in the second half; resident after each tenth: ${series}`);
    await ask({ do: 'close', target });
    return `${total} connections opened and closed, ${left} descriptors left, ${mebibytes(grown)} more in the second half ` +
      `than in the first (resident after each tenth: ${series})`;
  });
}

/** Clients that read less than the server could send. */
async function slow({ tools, smoke }) {
  const [lanes, millis] = smoke ? [20, 1000] : [200, 30_000];
  const block = Buffer.from(Array.from({ length: 65_521 }, (_, place) => (place * 7) % 251));
  const folder = mkdtempSync(join(tmpdir(), 'portlab-soak-'));
  const file = join(folder, 'block');
  writeFileSync(file, block);
  const server = createServer((socket) => {
    const send = () => { while (socket.write(block)); };
    socket.on('drain', send);
    // The client resets it in the end.
    socket.on('error', () => {});
    send();
  });
  const { port } = await listen(server);
  const before = await usage();
  let peak = 0;
  const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 50);
  const { slowed } = await loadGenerator(tools).ask({ do: 'slow', port, lanes, millis, file });
  clearInterval(watch);
  await none(server);
  rmSync(folder, { recursive: true });
  const grown = peak - before.rss;
  // What a stream keeps: a block in the kernel's hands and one behind it.
  const allowed = ALLOWANCE + lanes * 2 * block.length;
  assert.ok(grown <= allowed, `${mebibytes(grown)} more at its peak, with ${lanes} slow readers`);
  const after = await usage();
  assert.equal(after.descriptors, before.descriptors, 'descriptors that are left');
  server.close();
  return `${lanes} slow readers took ${mebibytes(slowed)}, at most ${mebibytes(grown)} of memory more, ${after.descriptors - before.descriptors} descriptors left`;
}

/** Resets, half-closes, pauses and cuts on both sides, by a seed. */
async function faults({ tools, smoke, seed }) {
  const [lanes, millis] = smoke ? [16, 2000] : [64, 60_000];
  const { ask } = loadGenerator(tools);
  const { server, records } = recordingServer();
  const { port } = await listen(server);
  const before = await usage();
  const { faulted, wrong } = await ask({ do: 'faults', port, lanes, millis, seed });
  assert.equal(wrong, undefined);
  await none(server);
  const reply = await ask({ do: 'account', records });
  assert.equal(reply.wrong, undefined, `seed ${seed}`);
  const account = reply.accounted;
  assert.equal(account.connections, faulted);
  records.length = 0;
  const after = await usage();
  assert.equal(after.descriptors, before.descriptors, 'descriptors that are left');
  server.close();
  return `${faulted} connections, ${account.whole} of them uncut, ${mebibytes(account.bytes_sent)} sent, ` +
    `${mebibytes(account.bytes_received)} back, every byte accounted for (seed ${seed}), ${after.descriptors - before.descriptors} descriptors left`;
}

/** Workers that are terminated while their sockets are in use. */
async function workers({ tools, smoke, port: description, shims }) {
  const [count, lanes] = smoke ? [3, 10] : [100, 50];
  const { ask } = loadGenerator(tools);
  const terminated = async () => {
    const worker = new Worker(new URL('./worker.cjs', import.meta.url), { workerData: { description, shims } });
    const [{ port }] = await once(worker, 'message');
    const { opened: target } = await ask({ do: 'open', address: { port }, lanes, exchange: { kind: 'echo', size: 1024 } });
    await all(ask({ do: 'run', target, operations: 5 * lanes }), 5 * lanes);
    worker.postMessage('calls');
    const [{ calls }] = await once(worker, 'message');
    assert.ok(description === undefined || calls > 0, 'the port was never reached in the worker');
    const running = ask({ do: 'run', target, operations: 1e9 });
    const ended = assert.rejects(running, /the load generator says/, 'its connections end with the worker');
    await sleep(20);
    await worker.terminate();
    await ended;
    await ask({ do: 'close', target });
  };
  // The first leaves what all threads share.
  await terminated();
  const before = await usage();
  for (let done = 0; done < count; done++) await terminated();
  const after = await usage();
  assert.equal(after.descriptors, before.descriptors, 'descriptors that are left');
  const grown = after.rss - before.rss;
  assert.ok(grown <= ALLOWANCE + count * 65_536, `${mebibytes(grown)} more after ${count} workers`);
  return `${count} workers terminated with ${lanes} connections in use each, ${after.descriptors - before.descriptors} descriptors left, ${mebibytes(grown)} of memory`;
}

/** A server that echoes, for as long as `use` takes. */
async function around(backlog, use) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => { socket.write(chunk); });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog });
  await once(server, 'listening');
  try {
    return await use({ server, port: server.address().port });
  } finally {
    server.close();
  }
}

async function all(reply, operations) {
  const { ran, wrong } = await reply;
  assert.equal(wrong, undefined);
  assert.equal(ran.operations, operations);
}

async function connections(server) {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** Waits until the server has seen the end of every connection. */
async function none(server) {
  const patience = Date.now() + 30_000;
  while (await connections(server) > 0) {
    assert.ok(Date.now() < patience, `${await connections(server)} connections are still open after 30 s`);
    await sleep(5);
  }
  // 'close' of the last ones is told in the turn after.
  await sleep(20);
}

async function usage() {
  // What is found unreachable may close handles, which takes turns of the event loop.
  for (let round = 0; round < 3; round++) {
    gc();
    await sleep(10);
  }
  return { descriptors: readdirSync('/proc/self/fd').length, rss: process.memoryUsage.rss() };
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

function mebibytes(bytes) {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
