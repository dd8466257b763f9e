// Event logs of async_hooks, AsyncLocalStorage, ticks and microtasks: native requests against the same requests
// served by a port that completes them in one batch.
import assert from 'node:assert/strict';
import test from 'node:test';
import { buildAddon, runChild, SHIMS, writeFile } from './fixture/port.mjs';

const addon = buildAddon('async');

// Two implementations of the same interface: `start(callbacks)`, `promise()` and `rejection()`.
const prelude = writeFile(
  'prelude.js',
  `
  const { reach, asyncContext } = require(${JSON.stringify(SHIMS)});
  const { internalBinding } = reach();
  const fs = internalBinding('fs');
  const hooks = require('async_hooks');
  const { writeSync } = require('fs');
  const { AsyncLocalStorage } = hooks;
  const { CallbackRequest, PromiseRequest, RequestTable } = asyncContext;
  const log = [];
  const say = (...words) => log.push(words.join(' '));
  const ids = new Map();
  // Ids by order of appearance: absolute ones depend on what was loaded.
  const short = (id) => (id === 0 ? 0 : ids.get(id) ?? (ids.set(id, ids.size + 1), ids.size));
  const here = () => short(hooks.executionAsyncId()) + '<' + short(hooks.triggerAsyncId());
  const hook = hooks.createHook({
    init: (id, type, trigger) => say('init', type, short(id), 'by', short(trigger), 'in', short(hooks.executionAsyncId())),
    before: (id) => say('before', short(id), here()),
    after: (id) => say('after', short(id)),
    destroy: (id) => say('destroy', short(id)),
    promiseResolve: (id) => say('resolve', short(id)),
  });
  process.on('exit', () => { hook.disable(); writeSync(1, log.join('\\n')); });

  const native = {
    start(callbacks) {
      for (const callback of callbacks) {
        const request = new fs.FSReqCallback();
        request.oncomplete = callback;
        fs.access('/', 0, request);
      }
      // One thread keeps the order; all are done when the event loop looks, so that it delivers them in one go.
      if (callbacks.length > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    },
    promise: () => fs.access('/', 0, fs.kUsePromises),
    rejection: () => fs.access('/nowhere', 0, fs.kUsePromises),
  };

  const { exports: port } = (() => { const module = { exports: {} }; process.dlopen(module, ${JSON.stringify(addon)}); return module; })();
  const requests = new RequestTable();
  const complete = (slots, errors, values) =>
    slots.forEach((slot, i) => requests.settle(slot, errors[i], values[i], i + 1 < slots.length));
  function later(request, error) {
    const slot = requests.add(request);
    port.later(complete, [[slot], [error], [undefined]]);
    return request.promise;
  }
  const ported = {
    start(callbacks) {
      const slots = callbacks.map((callback) => {
        const request = new CallbackRequest('FSREQCALLBACK');
        request.oncomplete = callback;
        return requests.add(request);
      });
      port.later(complete, [slots, slots.map(() => undefined), slots.map(() => undefined)]);
    },
    promise: () => later(new PromiseRequest('FSREQPROMISE')),
    rejection: () => later(new PromiseRequest('FSREQPROMISE'), new Error('nowhere')),
  };
  module.exports = { ...(process.env.SIDE === 'native' ? native : ported), hook, hooks, here, say, short, AsyncLocalStorage };
  `,
);

const programs = {
  'ids, types, triggers and order of one callback': `
    hook.enable();
    start([function (error) { say('callback', error, arguments.length, here(), this === hooks.executionAsyncResource()); }]);`,
  'ticks and microtasks after each of a batch': `
    hook.enable();
    start([1, 2, 3].map((n) => () => {
      say('callback', n, here());
      process.nextTick(() => { say('tick', n, here()); queueMicrotask(() => say('micro of tick', n, here())); });
      Promise.resolve().then(() => { say('micro', n, here()); process.nextTick(() => say('tick of micro', n, here())); });
    }));`,
  'ticks and microtasks without hooks': `
    start([1, 2, 3].map((n) => () => {
      say('callback', n);
      process.nextTick(() => { say('tick', n); queueMicrotask(() => say('micro of tick', n)); });
      Promise.resolve().then(() => { say('micro', n, here()); process.nextTick(() => say('tick of micro', n)); });
    }));`,
  'nested requests': `
    hook.enable();
    start([() => { say('outer', here()); start([() => { say('inner', here()); start([() => say('innermost', here())]); }]); }]);`,
  'a promise': `
    hook.enable();
    promise().then((value) => { say('then', value, here()); return promise(); }).then(() => say('then', here()));`,
  'an await and a rejection': `
    hook.enable();
    (async () => { await promise(); say('awaited', here()); try { await rejection(); } catch { say('caught', here()); } })();`,
  'an unhandled rejection': `
    process.on('unhandledRejection', () => { say('unhandled', here()); });
    hook.enable();
    rejection();`,
  'AsyncLocalStorage': `
    const storage = new AsyncLocalStorage();
    for (const store of ['a', 'b']) storage.run(store, () => {
      start([() => { say('callback', storage.getStore()); storage.enterWith('changed'); process.nextTick(() => say('tick', storage.getStore())); }]);
    });
    storage.run('c', async () => { await promise(); say('await', storage.getStore()); });
    start([() => say('outside', storage.getStore())]);`,
  'a throw, then the others': `
    const storage = new AsyncLocalStorage();
    process.on('uncaughtException', (error) => { say('uncaught', error.message, here(), storage.getStore()); });
    hook.enable();
    storage.run('s', () => start([1, 2, 3].map((n) => () => {
      say('callback', n, here());
      process.nextTick(() => say('tick', n, here(), storage.getStore()));
      if (n < 3) throw new Error('thrown by ' + n);
    })));`,
  'a throw without a handler': `
    process.prependListener('exit', (code) => say('exit', code, here()));
    start([() => { throw new Error('thrown'); }, () => say('not reached')]);`,
  'a throw of null': `
    process.on('uncaughtException', (error) => { say('uncaught', error); });
    start([() => { throw null; }]);`,
  'process.exit in a callback': `
    start([() => process.exit(7), () => say('not reached')]);`,
  'a domain': `
    const domain = require('domain').create();
    domain.on('error', (error) => say('domain', error.message));
    domain.run(() => start([() => { throw new Error('thrown'); }]));`,
  'executionAsyncResource': `
    hook.enable();
    start([() => { hooks.executionAsyncResource().mark = 1; process.nextTick(() => say('tick', hooks.executionAsyncResource().mark)); say(hooks.executionAsyncResource().mark); }]);`,
};

for (const [name, program] of Object.entries(programs)) {
  for (const frames of ['--async-context-frame', '--no-async-context-frame']) {
    test(`${name} (${frames})`, () => {
      const script = `const { hook, hooks, here, say, start, promise, rejection, AsyncLocalStorage } = require(${JSON.stringify(prelude)}); ${program}`;
      const [native, ported] = ['native', 'ported'].map((SIDE) => runChild(script, { args: [frames], env: { SIDE, UV_THREADPOOL_SIZE: '1' } }));
      assert.ok(native.stdout.length > 0 || native.code === 7, 'the native side logged nothing');
      assert.equal(ported.stdout, native.stdout);
      assert.equal(ported.code, native.code);
    });
  }
}
