import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { runChild, SHIMS } from './fixture/port.mjs';

const require = createRequire(import.meta.url);
const { reach } = require(SHIMS);
const REACH = `require(${JSON.stringify(SHIMS)}).reach()`;

test('reaches the internals, the same ones each time', () => {
  const internals = reach();
  assert.equal(internals.internalBinding('os'), process.binding('os'));
  assert.equal(internals.requireBuiltin('os'), require('os'));
  assert.equal(typeof internals.primordials.ArrayPrototypePush, 'function');
  assert.equal(typeof internals.compileFunction('os'), 'function');
  assert.notEqual(internals.compileFunction('os'), internals.compileFunction('os'));
  assert.ok(internals.BuiltinModule.map.has('os'));
  assert.equal(reach(), internals);
});

test('loads no builtin, leaves no global and says nothing', () => {
  const { stdout, stderr, code } = runChild(
    `const before = new Set(process.moduleLoadList);
     const names = Reflect.ownKeys(globalThis).length;
     require(${JSON.stringify(`${SHIMS}/reach.js`)}).reach();
     console.log(process.moduleLoadList.filter((id) => !before.has(id)).join());
     console.log(Reflect.ownKeys(globalThis).length - names, process.noDeprecation);`,
    { args: ['--pending-deprecation', '--throw-deprecation'] },
  );
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  // The binding of the inspector itself is the only one.
  assert.match(stdout, /^(Internal Binding inspector)?\n0 undefined\n$/);
});

test('works in a worker', async () => {
  const worker = new Worker(`require('worker_threads').parentPort.postMessage(typeof ${REACH}.internalBinding)`, { eval: true });
  const message = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
  assert.equal(message, 'function');
});

for (const { name, script, args, message } of [
  {
    name: '--permission is refused with the fix',
    args: ['--permission', '--allow-fs-read=*'],
    script: REACH,
    message: /portlab: cannot swap bindings under --permission: run without it/,
  },
  {
    name: 'a Node of another shape is named, with the supported ones',
    script: `process._linkedBinding = function () {}; ${REACH}`,
    message: new RegExp(`cannot reach the internals of Node ${process.version}: .*not found.*Supported are Node 22, 24 and 26: .*report`),
  },
  {
    name: 'a Node without an inspector',
    script: `process.binding = () => { throw new Error('No such binding: inspector'); }; ${REACH}`,
    message: /built without the inspector.*No such binding: inspector.*process\.features\.inspector/,
  },
]) {
  test(name, () => {
    const { code, stderr } = runChild(script, { args });
    assert.equal(code, 1);
    assert.match(stderr, message);
  });
}
