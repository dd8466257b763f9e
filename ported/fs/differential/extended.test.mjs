// The variant node-api+ext: typed functions must answer as native ones do, in code that is optimized and in code that is not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { portPath, readPort, scratch, sync, worlds } from './world.mjs';

const require = createRequire(import.meta.url);
const { makeWorld } = require('../../../shims/internal-binding/index.js');
const port = readPort();
const bindings = Object.keys(port.bindings);
const world = (description) => makeWorld({ ...port.world, bindings, port: { ...port, features: ['ext'], ...description } });
const extended = world();

/** Calls of one path, as Node's lib makes them; each is compiled for its world. */
const calls = {
  access: 'return (fs, name) => fs.access(name, 4)',
  close: 'return (fs, name) => fs.close(fs.open(name, 0, 0o666))',
  existsSync: 'return (fs, name) => fs.existsSync(name)',
  fstat: 'return (fs, name, fd) => fs.fstat(fd, false, undefined)',
  'fstat bigint': 'return (fs, name, fd) => fs.fstat(fd, true, undefined)',
  internalModuleStat: 'return (fs, name) => fs.internalModuleStat(name)',
  lstat: 'return (fs, name) => fs.lstat(name, false, undefined, true)',
  stat: 'return (fs, name) => fs.stat(name, false, undefined, true)',
  'stat bigint': 'return (fs, name) => fs.stat(name, true, undefined, true)',
  'stat quiet': 'return (fs, name) => fs.stat(name, false, undefined, false)',
};

/** Often enough that the engine optimizes the call for what it was given so far. */
const HOT = 30_000;

const flat = (text) => Buffer.from(text, 'latin1').toString('latin1');

function paths(folder) {
  const name = flat(path.join(folder, 'file'));
  return {
    'a flat string': name,
    'a concatenated string': `${folder}${'/'.repeat(1 + (process.pid % 2))}file`,
    'a file in no folder': flat(`${name}/inside`),
    'no file': flat(`${name}-missing`),
    'no characters': '',
    'Latin-1 beyond ASCII': flat(path.join(folder, 'd\u00e9j\u00e0')),
    'two-byte characters': path.join(folder, '\u0142\u{1f600}'),
    'longer than the typed body copies': flat(`${folder}/${'./'.repeat(600)}file`),
    'longer than any path': flat(`${folder}/${'x'.repeat(5000)}`),
    'a Buffer': Buffer.from(name),
  };
}

function furnished(t) {
  const folder = scratch(t);
  for (const name of ['file', 'd\u00e9j\u00e0', '\u0142\u{1f600}']) fs.writeFileSync(path.join(folder, name), name);
  return folder;
}

for (const [name, source] of Object.entries(calls)) {
  test(`${name} answers as natively, before and after it is optimized`, (t) => {
    const folder = furnished(t);
    const fd = fs.openSync(path.join(folder, 'file'));
    t.after(() => fs.closeSync(fd));
    const make = () => new Function(source)();
    const [native, ported] = [[worlds.native.bindings.fs, make()], [extended.bindings.fs, make()]];
    const compare = (when) => {
      for (const [kind, value] of Object.entries(paths(folder))) {
        // The process would end: only strings reach it from lib.
        if (name === 'internalModuleStat' && typeof value !== 'string') continue;
        const [expected, actual] = [native, ported].map(([binding, call]) => sync(() => call(binding, value, fd)));
        assert.deepEqual(actual, expected, `${kind}, ${when}`);
      }
    };
    compare('cold');
    const before = extended.portCalls();
    const usual = paths(folder)['a flat string'];
    for (let i = 0; i < HOT; i++) ported[1](ported[0], usual, fd);
    assert.equal(extended.portCalls() - before, name === 'close' ? 2 * HOT : HOT);
    compare('hot');
  });
}

test('a NUL inside of a path is refused as by the plain port', (t) => {
  const name = flat(`${furnished(t)}/file\0more`);
  const [plain, typed] = [worlds.port, extended].map(({ bindings: { fs: binding } }) => sync(() => binding.access(name, 4)));
  assert.match(JSON.stringify(typed), /without null bytes/);
  assert.deepEqual(typed, plain);
});

// In a worker, whose engine knows one world alone: where it has seen two, it no longer knows which function a call means.
test('a worker has its own, and its optimized code makes no Node-API call', async (t) => {
  const name = flat(path.join(furnished(t), 'file'));
  const source = `
    const { parentPort, workerData: { port, shims, name } } = require('node:worker_threads');
    const { makeWorld } = require(shims);
    const { module, portCalls } = makeWorld({ ...port.world, bindings: Object.keys(port.bindings), port });
    const { crossings } = require(port.addon);
    const path = Buffer.from(name).toString('latin1');
    function round() {
      for (let i = 0; i < ${HOT}; i++) module.existsSync(path);
    }
    function made(body) {
      const before = crossings();
      body();
      return crossings() - before;
    }
    // Asking makes some itself, and a round may begin in code that is not optimized yet. The engine compiles on another
    // thread, which may be late on a busy machine.
    const unoptimized = made(() => {}) + 10;
    let rounds = 0;
    while (rounds < 200 && made(round) > unoptimized) rounds++;
    parentPort.postMessage({ size: module.statSync(path).size, rounds, calls: portCalls() });`;
  const addon = path.join(path.dirname(portPath), 'fs.counted.node');
  const shims = fileURLToPath(new URL('../../../shims/internal-binding/index.js', import.meta.url));
  const workerData = { port: { ...port, addon, features: ['ext'] }, shims, name };
  const worker = new Worker(source, { eval: true, workerData });
  const { size, rounds, calls } = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.equal(size, fs.statSync(name).size);
  assert.ok(rounds < 200, `existsSync makes Node-API calls after ${rounds * HOT} calls`);
  assert.ok(calls > (rounds + 1) * HOT);
  await worker.terminate();
  assert.equal(extended.module.existsSync(name), true);
});

test('without extensions for this Node a process goes on and says so, and a world is refused', (t) => {
  const other = path.join(scratch(t), 'other.cjs');
  fs.writeFileSync(other, "Object.defineProperty(process, 'versions', { value: { ...process.versions, modules: '1' } });");
  const run = (...args) => execFileSync(process.execPath, ['-r', other, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PORTLAB_PORT: portPath, PORTLAB_FEATURES: 'ext' },
    stdio: 'pipe',
  });
  const install = fileURLToPath(new URL('../../../shims/internal-binding/install.js', import.meta.url));
  const warned = run('-r', install, '-e', `
    process.on('warning', ({ message, code }) => console.log(code, message));
    console.log(require('fs').existsSync(process.execPath));`);
  assert.match(warned, /^true\nERR_PORTLAB_V8_GAP_ABSENT v8-gap: there is no module for NODE_MODULE_VERSION 1 .*, only for .* is installed without them\.\n$/);
  const refused = run('-e', `
    const port = { ...require(process.env.PORTLAB_PORT), features: ['ext'] };
    const { makeWorld } = require(${JSON.stringify(path.dirname(install))});
    try { makeWorld({ ...port.world, bindings: Object.keys(port.bindings), port }); } catch (error) { console.log(error.code); }`);
  assert.equal(refused, 'ERR_PORTLAB_V8_GAP_ABSENT\n');
});
