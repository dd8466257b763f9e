/** The load generator as workloads use it: a server of this process, asked by the staged program. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { capacity, listen, listenUnix, offerLoad } from '../inputs/load.mjs';

const STAGE = process.env.PORTLAB_STAGE ?? join(dirname(fileURLToPath(import.meta.url)), '../../.portlab/stage');
const loadgen = join(STAGE, 'loadgen/portlab-loadgen');
const ctx = { tools: { loadgen }, armDir: mkdtempSync(join(tmpdir(), 'portlab-load-')) };
const servers = [];
const sockets = [];

before(() => assert.ok(existsSync(loadgen), `${loadgen} is not there: run \`scripts/lab build\` first`));
after(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  rmSync(ctx.armDir, { recursive: true });
});

/** A server that makes of each chunk what `change` says. */
function server(change = (chunk) => chunk) {
  const made = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('data', (chunk) => { socket.write(change(chunk)); });
  });
  servers.push(made);
  return made;
}

test('a slice is true when every byte was right, over TCP and a unix socket', async () => {
  for (const address of [await listen(server()), await listenUnix(ctx, server())]) {
    const load = await offerLoad(ctx, address, { kind: 'echo', size: 1000 }, { lanes: 3 });
    assert.equal(await load.slice(0, 100), true);
    assert.equal(await load.slice(100, 1), true);
    const histogram = await load.latencies();
    assert.notEqual(histogram, await load.latencies());
    await load.close();
    await assert.rejects(load.slice(101, 1), /there is no target/);
  }
});

test('a wrong answer is the value of its slice', async () => {
  const upside = (chunk) => chunk.map((byte) => byte ^ 1);
  const load = await offerLoad(ctx, await listen(server(upside)), { kind: 'echo', size: 10 }, { lanes: 1 });
  assert.match(await load.slice(0, 5), /^connection 0, operation 0: byte 0 of an answer of 10 bytes differs/);
});

test('a server that hangs up fails the slice with a sentence', async () => {
  const hangs = createServer((socket) => socket.destroy());
  servers.push(hangs);
  const load = await offerLoad(ctx, await listen(hangs), { kind: 'echo', size: 10 }, { lanes: 1 });
  await assert.rejects(load.slice(0, 5), /the load generator says: .*connection 0/);
});

test('the capacity is measured once', async () => {
  let starts = 0;
  const serve = () => {
    starts += 1;
    return listen(server());
  };
  const ask = () => capacity(ctx, 'once', serve, { kind: 'echo', size: 10 }, 2);
  const first = await ask();
  assert.ok(first > 0);
  assert.equal(await ask(), first);
  assert.equal(starts, 1);
});

test('a program that is not there says how to build it', async () => {
  const missing = offerLoad({ tools: { loadgen: '/nowhere/portlab-loadgen' } }, { port: 1 }, { kind: 'echo', size: 1 }, { lanes: 1 });
  await assert.rejects(missing, /cannot be started: .*scripts\/lab build/);
});
