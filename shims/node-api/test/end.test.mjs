// How an environment ends with jobs in flight: neither crash nor leak.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prologue, run } from './fixture.mjs';

const workerBody = (script) => JSON.stringify(prologue + script);
const flood = `
  connect(() => {}, { capacity: 8 });
  for (let i = 0; i < 1000; i++) addon.submit(i, i % 2 ? 'sleep' : 'text', i % 2 ? 1 : 'text');
`;

async function clean(script, options) {
  const { code, signal, stdout, stderr } = await run(script, options);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stderr);
  return stdout;
}

test('process.exit with jobs in flight ends at once, before and while completions arrive', async () => {
  for (const delay of [0, 1, 5, 30]) {
    const { code, signal, stderr } = await run(`
      ${flood}
      setTimeout(() => process.exit(7), ${delay});
    `);
    assert.deepEqual({ code, signal, stderr }, { code: 7, signal: null, stderr: '' }, `after ${delay} ms`);
  }
});

test('process.exit inside a completion', async () => {
  const { code, signal, stdout, stderr } = await run(`
    connect((slot) => { console.log(slot); process.exit(5); });
    for (let i = 0; i < 1000; i++) addon.submit(i, 'text', 'x');
  `, { env: { UV_THREADPOOL_SIZE: '1' } });
  assert.deepEqual({ code, signal, stdout, stderr }, { code: 5, signal: null, stdout: '0\n', stderr: '' });
});

test('a worker that is terminated with a thousand jobs in flight', async () => {
  for (const delay of [0, 1, 10, 40]) {
    const stdout = await clean(`
      const worker = new Worker(${workerBody(`${flood} parentPort.postMessage(0);`)}, { eval: true });
      worker.once('message', () => setTimeout(() => worker.terminate(), ${delay}));
      worker.on('exit', (code) => console.log('ended', code, addon.int32(1)));
    `);
    assert.equal(stdout, 'ended 1 1\n', `after ${delay} ms`);
  }
});

test('a worker that alone has loaded the module unloads it cleanly', async () => {
  const stdout = await clean(`
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(${workerBody(`${flood} setTimeout(() => process.exit(3), 5);`)}, { eval: true });
    worker.on('exit', (code) => console.log('ended', code));
  `, { bare: true });
  assert.equal(stdout, 'ended 3\n');
});

test('a worker that exits inside a completion', async () => {
  const stdout = await clean(`
    const worker = new Worker(${workerBody(`
      connect(() => { process.exit(4); });
      for (let i = 0; i < 1000; i++) addon.submit(i, 'text', 'x');
    `)}, { eval: true });
    worker.on('exit', (code) => console.log('ended', code));
  `);
  assert.equal(stdout, 'ended 4\n');
});

test('a worker whose completion throws reports it and ends', async () => {
  const stdout = await clean(`
    const worker = new Worker(${workerBody(`
      connect(() => { throw new Error('in a worker'); });
      for (let i = 0; i < 1000; i++) addon.submit(i, 'text', 'x');
    `)}, { eval: true });
    worker.on('error', (error) => console.log(error.message));
    worker.on('exit', (code) => console.log('ended', code));
  `);
  assert.equal(stdout, 'in a worker\nended 1\n');
});

test('a job that runs when its worker ends is waited for', async () => {
  const stdout = await clean(`
    const worker = new Worker(${workerBody(`
      connect(() => {});
      addon.submit(0, 'sleep', 400);
      setInterval(() => { if (addon.asleep() === 1) process.exit(0); }, 1);
    `)}, { eval: true });
    const timer = setInterval(() => {
      if (addon.asleep() !== 1) return;
      clearInterval(timer);
      const start = process.hrtime.bigint();
      worker.on('exit', () => console.log(Number(process.hrtime.bigint() - start) / 1e6));
    }, 1);
  `);
  assert.ok(Number(stdout) >= 200, `the worker ended ${stdout} ms after its job of 400 ms had begun`);
});

test('environments do not see each other', async () => {
  const stdout = await clean(`
    connect((slot) => { seen.push(slot); });
    const seen = [];
    let left = 4;
    for (let w = 0; w < 4; w++) {
      const worker = new Worker(${workerBody(`
        const seen = [];
        connect((slot) => { seen.push(slot); if (seen.length === 200) parentPort.postMessage([seen.length, addon.portCalls()]); });
        for (let i = 0; i < 200; i++) addon.submit(i, 'nothing');
      `)}, { eval: true });
      worker.on('message', (message) => console.log(JSON.stringify(message)));
      worker.on('exit', () => { if (--left === 0) console.log(seen.length, addon.portCalls()); });
    }
    for (let i = 0; i < 100; i++) addon.submit(i, 'nothing');
  `);
  assert.deepEqual(stdout.trim().split('\n'), ['[200,201]', '[200,201]', '[200,201]', '[200,201]', '100 101']);
});

test('neither threads nor file descriptors stay behind after many workers', async () => {
  const stdout = await clean(`
    const fs = require('node:fs');
    const mine = () => fs.readdirSync('/proc/self/task')
      .filter((id) => fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('portlab')).length;
    const one = (end) => new Promise((resolve) => {
      const worker = new Worker(${workerBody(`${flood} parentPort.postMessage(0);`)}, { eval: true });
      worker.once('message', () => { if (end === 'terminate') worker.terminate(); });
      worker.on('exit', resolve);
    });
    const count = () => [mine(), fs.readdirSync('/proc/self/task').length, fs.readdirSync('/proc/self/fd').length];
    (async () => {
      await one('terminate');
      await one('wait');
      const before = count();
      for (let i = 0; i < 20; i++) await one(i % 4 === 0 ? 'wait' : 'terminate');
      // The last worker's thread may need a moment to vanish from /proc.
      await new Promise((resolve) => setTimeout(resolve, 100));
      console.log(JSON.stringify([before, count()]));
    })();
  `);
  const [before, after] = JSON.parse(stdout);
  assert.equal(after[0], 0, 'threads of the port');
  assert.deepEqual(after.slice(1), before.slice(1), 'threads and file descriptors of the process');
});
