// What reaches JavaScript without a job, and jobs that are taken back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prologue, run } from './fixture.mjs';

async function output(script, options) {
  const { code, signal, stdout, stderr } = await run(script, options);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stderr);
  return stdout;
}

test('a source delivers in order, under a slot of its own, and counts as nothing in flight', async () => {
  const stdout = await output(`
    const seen = [];
    connect((slot, error, value) => {
      if (slot === -1) seen.push(value);
      if (seen.length === 500) { console.log(seen.every((number, i) => number === i), addon.inFlight()); addon.letGo(); }
    }, { capacity: 7 });
    addon.hold();
    addon.startSource(-1, 500);
  `);
  assert.equal(stdout, 'true 0\n');
});

test('a source keeps no process alive, a hold does, and as many have to be let go', async () => {
  assert.equal(await output(`
    connect(() => {});
    addon.startSource(-1, 0);
    process.on('exit', () => console.log('ended'));
  `), 'ended\n');
  assert.equal(await output(`
    connect((slot) => {
      console.log('completed', slot);
      setTimeout(() => {
        addon.letGo();
        console.log('one left');
        setTimeout(() => { console.log('let go'); addon.letGo(); }, 20).unref();
      }, 5).unref();
    });
    addon.hold();
    addon.hold();
    addon.submit(0, 'nothing');
    setTimeout(() => console.log('held too long'), 60000).unref();
  `), 'completed 0\none left\nlet go\n');
});

test('an environment ends its sources', async () => {
  assert.equal(await output(`
    const worker = new Worker(${JSON.stringify(`${prologue}
      connect(() => {}, { capacity: 4 });
      addon.hold();
      addon.startSource(-1, 100000);
      addon.startSource(-2, 0);
      parentPort.postMessage(0);
    `)}, { eval: true });
    worker.once('message', () => worker.terminate());
    worker.on('exit', (code) => console.log('ended', code));
  `), 'ended 1\n');
});

test('what is complete already arrives on a later turn', async () => {
  assert.equal(await output(`
    connect((slot, error, value) => console.log(slot, value, addon.inFlight()));
    addon.complete(3, 1.5);
    console.log('first', addon.inFlight());
  `), 'first 1\n3 1.5 0\n');
});

test('a job that waits is taken back once, one that has begun is not', async () => {
  assert.equal(await output(`
    connect((slot, error) => console.log(slot, error?.code));
    addon.submit(0, 'sleep', 50);
    addon.submit(1, 'nothing');
    addon.submit(2, 'nothing');
    while (addon.asleep() === 0);
    console.log(addon.cancel(1), addon.cancel(1), addon.cancel(0), addon.cancel(9));
  `, { env: { UV_THREADPOOL_SIZE: '1' } }), 'true false false false\n1 ECANCELED\n0 undefined\n2 undefined\n');
});
