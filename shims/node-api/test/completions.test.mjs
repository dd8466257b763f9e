import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './fixture.mjs';

async function output(script, options) {
  const { code, signal, stdout, stderr } = await run(script, options);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stderr);
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

const print = 'const print = (value) => console.log(JSON.stringify(value));\n';
// One thread, so that jobs finish in the order in which they were submitted.
const inOrder = { env: { UV_THREADPOOL_SIZE: '1' } };

test('every kind of result arrives in its slot', async () => {
  const lines = await output(`${print}
    const batch = connect((slot, error, value) => {
      if (slot === 2) value = [...batch.words.slice(value, value + 18)];
      if (slot === 3) value = String(batch.bigWords[value]);
      print([slot, error ? { ...error, message: error.message, stack: error.stack.split('\\n').length } : null, value ?? null]);
    });
    addon.submit(0, 'nothing');
    addon.submit(1, 'number', 2.5);
    addon.submit(2, 'words', 100);
    addon.submit(3, 'bigWords', 0x7ff0000000000001n);
    addon.submit(4, 'text', 'na\u00efve \u{1f600}');
    addon.submit(5, 'fail', '/portlab-no');
    addon.submit(6, 'panic');
    addon.submit(7, 'panicLater');
    addon.submit(-8, 'number', -0.5);
    addon.submit(2 ** 31 - 1, 'nothing');
  `, inOrder);
  assert.deepEqual(lines.slice(0, 5), [
    [0, null, null],
    [1, null, 2.5],
    [2, null, Array.from({ length: 18 }, (_, index) => 100 + index)],
    [3, null, String(0x7ff0000000000001n)],
    [4, null, 'na\u00efve \u{1f600}'],
  ]);
  assert.deepEqual(lines[5][1], {
    errno: -2, code: 'ENOENT', syscall: 'stat', path: '/portlab-no', message: "ENOENT: no such file or directory, stat '/portlab-no'", stack: 1,
  });
  assert.equal(lines[6][1].message, 'portlab: internal error in fixture.job: asked to panic in a job');
  assert.equal(lines[6][1].code, 'ERR_PORTLAB_INTERNAL');
  assert.match(lines[6][1].location, /jobs\.rs/);
  assert.equal(lines[7][1].message, 'portlab: internal error in fixture.job: asked to panic in a result');
  assert.deepEqual(lines.slice(8), [[-8, null, -0.5], [2 ** 31 - 1, null, null]]);
});

test('one thread completes jobs in order, over many batches, each once', async () => {
  const [seen, more, left] = await output(`${print}
    const seen = [];
    const more = [];
    connect((slot, error, value, another) => { seen.push([slot, value]); more.push(another); }, { capacity: 3 });
    for (let i = 0; i < 1000; i++) addon.submit(i, i % 2 ? 'number' : 'text', i % 2 ? i : String(i));
    process.on('exit', () => { print(seen); print(more); print(addon.inFlight()); });
  `, inOrder);
  assert.deepEqual(seen, Array.from({ length: 1000 }, (_, i) => [i, i % 2 ? i : String(i)]));
  assert.equal(more.at(-1), false);
  assert.ok(more.filter(Boolean).length > 500, 'most completions come with another behind them');
  assert.equal(left, 0);
});

test('jobs submitted from a completion and from its microtasks are delivered too', async () => {
  const [seen] = await output(`${print}
    const seen = [];
    connect((slot) => {
      seen.push(slot);
      if (slot < 50) Promise.resolve().then(() => addon.submit(slot + 2, 'nothing'));
    });
    addon.submit(0, 'nothing');
    addon.submit(1, 'nothing');
    process.on('exit', () => print(seen.sort((a, b) => a - b)));
  `);
  assert.deepEqual(seen, Array.from({ length: 52 }, (_, i) => i));
});

test('a queue without room for words hands numbers over as values', async () => {
  const lines = await output(`${print}
    connect((slot, error, value) => print([slot, value]), { stride: 0 });
    addon.submit(1, 'number', 2.5);
  `);
  assert.deepEqual(lines, [[1, 2.5]]);
});

test('what a completion throws reaches uncaughtException, and the rest still completes', async () => {
  const [events] = await output(`${print}
    const events = [];
    connect((slot) => {
      events.push(slot);
      if (slot % 3 === 0) throw new Error('thrown ' + slot);
    }, { capacity: 4 });
    process.on('uncaughtException', (error) => events.push(error.message));
    for (let i = 0; i < 12; i++) addon.submit(i, i % 2 ? 'text' : 'fail', 'x' + i);
    process.on('exit', () => print(events));
  `, inOrder);
  assert.deepEqual(events, [
    0, 'thrown 0', 1, 2, 3, 'thrown 3', 4, 5, 6, 'thrown 6', 7, 8, 9, 'thrown 9', 10, 11,
  ]);
});

test('a throw without a handler ends the process as any uncaught exception does', async () => {
  const { code, stderr, stdout } = await run(`
    connect((slot) => { console.log(slot); throw new TypeError('nobody handles it'); });
    for (let i = 0; i < 100; i++) addon.submit(i, 'nothing');
  `, inOrder);
  assert.equal(code, 1);
  assert.equal(stdout, '0\n');
  assert.match(stderr, /TypeError: nobody handles it/);
});

test('the process waits for jobs in flight, and ends by itself when there are none', async () => {
  const [first, second] = await output(`${print}
    connect((slot) => print(slot));
    addon.submit(1, 'sleep', 200);
    process.once('beforeExit', () => addon.submit(2, 'sleep', 20));
  `);
  assert.deepEqual([first, second], [1, 2]);
  assert.equal((await run('connect(() => {});')).code, 0, 'a queue that was never used');
});

test('threads are named, as many as libuv would have, and started only when needed', async () => {
  const script = (count) => `${print}
    const fs = require('node:fs');
    const threads = () => fs.readdirSync('/proc/self/task')
      .filter((id) => fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8') === 'portlab-fixture\\n').length;
    connect(() => {});
    const before = threads();
    for (let i = 0; i < ${count}; i++) addon.submit(i, 'sleep', 50);
    process.on('exit', () => print([before, threads()]));
  `;
  assert.deepEqual(await output(script(1)), [[0, 1]]);
  assert.deepEqual(await output(script(20)), [[0, 4]]);
  for (const [size, expected] of [['2', 2], ['0', 1], ['no number', 1], ['7', 7]]) {
    assert.deepEqual(await output(script(20), { env: { UV_THREADPOOL_SIZE: size } }), [[0, expected]], size);
  }
});

test('jobs run beside each other', async () => {
  const [milliseconds] = await output(`${print}
    connect(() => {});
    const start = process.hrtime.bigint();
    for (let i = 0; i < 16; i++) addon.submit(i, 'sleep', 100);
    process.on('exit', () => print(Number(process.hrtime.bigint() - start) / 1e6));
  `);
  assert.ok(milliseconds >= 400 && milliseconds < 1200, `16 jobs of 100 ms took ${milliseconds} ms on 4 threads`);
});

test('a queue is refused when its parts do not fit', async () => {
  const lines = await output(`${print}
    const attempt = (...parts) => { try { addon.connect(...parts); } catch (error) { print([error.code, error.message]); } };
    attempt(1, new Int32Array(10), new Float64Array(10));
    attempt(() => {}, new Float64Array(10), new Float64Array(10));
    attempt(() => {}, new Int32Array(3), new Float64Array(10));
    try { addon.submit(0, 'nothing'); } catch (error) { print([error.code, error.message]); }
  `);
  assert.deepEqual(lines, [
    ['ERR_INVALID_ARG_TYPE', 'The "drain" argument must be of type function'],
    ['ERR_INVALID_ARG_TYPE', 'The "entries" argument must be an instance of Int32Array'],
    ['ERR_INVALID_ARG_VALUE', "The argument 'entries' must have at least 4 elements"],
    ['ERR_FIXTURE', 'the fixture has no completions: call connect first'],
  ]);
});
