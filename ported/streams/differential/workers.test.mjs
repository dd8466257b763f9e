// Workers that end with sockets open, and processes that end while libuv works: nobody crashes, nothing leaks.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';

const BUSY = fileURLToPath(new URL('busy-sockets.mjs', import.meta.url));

/** A worker with a server, open connections, writes in flight and a connection that is being made. */
function busy(mode) {
  const worker = new Worker(BUSY, { workerData: { mode } });
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve(worker));
    worker.on('error', reject);
  });
}

const descriptors = () => readdirSync('/proc/self/fd').length;

for (const mode of ['terminate', 'exit', 'throw']) {
  test(`four workers that ${mode} with sockets open`, async () => {
    const before = descriptors();
    for (let i = 0; i < 4; i++) {
      const worker = await busy(mode);
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      if (mode === 'terminate') await worker.terminate();
      else worker.postMessage('now');
      await gone;
    }
    // What each worker had open was 20 descriptors and more.
    assert.ok(descriptors() <= before + 10, `${before} descriptors became ${descriptors()}`);
  });
}

for (const mode of ['exit', 'throw']) {
  test(`a process that comes to its ${mode} with sockets open`, () => {
    const { status, signal, stderr } = spawnSync(process.execPath, [BUSY, mode], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(signal, null, stderr);
    assert.equal(status, mode === 'throw' ? 1 : 7, stderr);
    if (mode !== 'throw') assert.equal(stderr, '');
  });
}
