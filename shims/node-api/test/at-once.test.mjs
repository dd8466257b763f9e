// Operations that are finished on the JavaScript thread: what may overtake what, how much of it there may be in one
// turn of the event loop, and that everything else goes on as if a thread had done them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prologue, run } from './fixture.mjs';

const WITHOUT_LIBUV = "Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1' } });\n";
const print = 'const print = (value) => console.log(JSON.stringify(value));\n';

async function output(script, options) {
  const { code, signal, stdout, stderr } = await run(print + script, options);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stderr);
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

/** Slots and who finished them (1 at once, 2 a thread), in the order of their completions. */
const seen = `const seen = [];
connect((slot, error, value) => seen.push([slot, value ?? null]));
process.on('exit', () => print(seen));
`;

// A threadsafe function delivers up to 1000 times in one turn.
for (const [name, host, most] of [['a handle', '', 1], ['a threadsafe function', WITHOUT_LIBUV, 1000]]) {
  test(`${name} delivers later, in order, and lets the process end then`, async () => {
    const [before, all] = await output(`${host}${seen}
      for (let i = 0; i < 5; i++) addon.attempt(i, 'looks', 'now', 0);
      print([seen.length, addon.inFlight()]);
    `);
    assert.deepEqual(before, [0, 5], 'nothing is delivered before the event loop comes by');
    assert.deepEqual(all, [0, 1, 2, 3, 4].map((slot) => [slot, 1]));
  });

  test(`${name} lets timers, immediates and the other operations have their turns`, async () => {
    const [events] = await output(`${host}
      const turns = { looks: 0, timer: 0, immediate: 0, pool: 0 };
      connect((slot) => {
        if (slot === 1) { turns.pool++; return; }
        turns.looks++;
        // How many it takes until a thread has come is the machine's affair; that the others come at all is ours.
        const isOver = turns.looks >= 3000 && turns.timer > 0 && turns.pool > 0;
        if (!isOver) addon.attempt(0, 'looks', 'now', 0);
        else { clearInterval(timer); immediate = () => {}; print(turns); }
      });
      const timer = setInterval(() => { turns.timer++; }, 1);
      let immediate = () => { turns.immediate++; setImmediate(immediate); };
      setImmediate(immediate);
      addon.attempt(1, 'looks', 'pool', 0);
      addon.attempt(0, 'looks', 'now', 0);
    `);
    assert.ok(events.immediate > (2 * events.looks) / 3 / most && events.pool === 1, JSON.stringify(events));
  });
}

test('what looks may come before what looks, and before nothing that changes', async () => {
  const [all] = await output(`${seen}
    addon.attempt(0, 'looks', 'pool', 30000);
    addon.attempt(1, 'looks', 'now', 0);
    addon.attempt(2, 'changes', 'now', 0);
    addon.attempt(3, 'looks', 'now', 0);
  `);
  // Once 2 is with the pool, 3 has to wait for a thread as well.
  assert.deepEqual(all.find(([slot]) => slot === 1), [1, 1]);
  assert.deepEqual(all.filter(([slot]) => slot !== 1).map(([, how]) => how), [2, 2, 2]);
});

test('when all that the pool had has come back, operations are finished at once again', async () => {
  const [all] = await output(`${seen}
    addon.attempt(0, 'changes', 'pool', 1000);
    addon.attempt(1, 'looks', 'pool', 1000);
    const again = () => {
      if (addon.inFlight() > 0) return setTimeout(again, 1);
      addon.attempt(2, 'changes', 'now', 0);
      addon.attempt(3, 'changes', 'now', 0);
    };
    again();
  `);
  assert.deepEqual(all.slice(2), [[2, 1], [3, 1]]);
});

test('one thread keeps the order of everything', async () => {
  const [all] = await output(`${seen}
    for (let i = 0; i < 4; i++) addon.attempt(i, 'looks', i === 1 ? 'pool' : 'now', i === 1 ? 20000 : 0);
    addon.submit(4, 'nothing');
  `, { env: { UV_THREADPOOL_SIZE: '1' } });
  assert.deepEqual(all, [[0, 1], [1, 2], [2, 2], [3, 2], [4, null]]);
});

test('a burst is shared with the pool, and the next turn begins anew', async () => {
  const [first, second] = await output(`
    const turns = [[], []];
    let turn = 0, left = 40;
    connect((slot, error, value) => {
      turns[turn].push(value);
      if (--left === 0 && turn === 0) { turn = 1; left = 40; setImmediate(burst); }
      else if (left === 0) turns.forEach((turn) => print(turn.filter((how) => how === 1).length));
    });
    const burst = () => { for (let i = 0; i < 40; i++) addon.attempt(i, 'looks', 'now', 60); };
    burst();
  `);
  // 500 us are nine of 60, and less when this thread is held up.
  for (const atOnce of [first, second]) assert.ok(atOnce >= 1 && atOnce <= 9, `${atOnce} of 40 were finished at once`);
});

test('a panic becomes an error', async () => {
  const [[slot, code, message]] = await output(`
    connect((slot, error) => print([slot, error.code, error.message]));
    addon.attempt(7, 'looks', 'panic', 0);
  `);
  assert.deepEqual([slot, code], [7, 'ERR_PORTLAB_INTERNAL']);
  assert.equal(message, 'portlab: internal error in fixture.attempt: asked to panic at once');
});

test('an environment may end with finished operations that nobody has seen', async () => {
  const worker = JSON.stringify(`${prologue}
    connect(() => {});
    for (let i = 0; i < 20; i++) addon.attempt(i, 'looks', i % 2 ? 'now' : 'pool', 0);
    process.exit(3);`);
  const all = await output(`
    let left = 5;
    for (let i = 0; i < 5; i++) new Worker(${worker}, { eval: true }).on('exit', (code) => print(code));
    connect(() => {});
    addon.attempt(0, 'looks', 'now', 0);
  `);
  assert.deepEqual(all, [3, 3, 3, 3, 3]);
  const { code, stderr } = await run("connect(() => {}); addon.attempt(0, 'looks', 'now', 0); process.exit(4);");
  assert.deepEqual({ code, stderr }, { code: 4, stderr: '' });
});
