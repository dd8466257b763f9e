// The two ways to wake the JavaScript thread: a handle on libuv's loop, and, as on hosts without it, a threadsafe
// function.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prologue, run } from './fixture.mjs';

const WITHOUT_LIBUV = "Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1' } });\n";

async function output(script) {
  const { code, signal, stdout, stderr } = await run(script);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stderr);
  return stdout;
}

for (const [name, host] of [['a handle', ''], ['a threadsafe function', WITHOUT_LIBUV]]) {
  test(`${name} delivers, keeps the process alive while jobs are under way, and lets it end then`, async () => {
    const stdout = await output(`${host}
      let left = 500;
      connect((slot, error, value) => { if (--left === 0) { console.log('done', value); addon.submit(1, 'nothing'); } });
      for (let i = 0; i < 500; i++) addon.submit(i, 'number', 5);
      process.on('exit', () => console.log(left));
    `);
    assert.equal(stdout, 'done 5\n-1\n');
  });

  test(`${name} is closed with its environment, idle or with jobs under way`, async () => {
    const body = `${host}${prologue}
      connect(() => {});
      addon.submit(0, 'nothing');
      if (process.env.BUSY) { for (let i = 0; i < 50; i++) addon.submit(i, 'sleep', 5); setTimeout(() => process.exit(0), 8); }`;
    const stdout = await output(`
      let left = 6;
      for (let w = 0; w < 6; w++) {
        new Worker(${JSON.stringify(body)}, { eval: true, env: { ...process.env, ...(w % 2 ? { BUSY: '1' } : {}) } })
          .on('exit', (code) => { console.log(code); if (--left === 0) console.log('all'); });
      }
    `);
    assert.equal(stdout, '0\n'.repeat(6) + 'all\n');
  });
}

const EVENTS = `
  const { writeSync } = require('fs');
  connect(() => writeSync(1, 'delivered in ' + executionAsyncId() + '\\n'));
  const { createHook, executionAsyncId } = require('async_hooks');
  const say = (event) => (id) => writeSync(1, event + '\\n');
  createHook({ init: say('init'), before: say('before'), after: say('after') }).enable();
  addon.submit(0, 'nothing');`;

test('a handle has no async context, as native code has none', async () => {
  assert.equal(await output(EVENTS), 'delivered in 0\n');
});

test('a threadsafe function has one', async () => {
  assert.equal(await output(WITHOUT_LIBUV + EVENTS), 'before\ndelivered in 0\nafter\n');
});
