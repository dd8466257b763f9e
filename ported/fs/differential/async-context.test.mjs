// What async_hooks, AsyncLocalStorage, ticks and microtasks see of file system requests: whole programs under the
// host's own fs, once on the native binding and once with the port swapped in.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { portPath, scratch } from './world.mjs';

const INSTALL = fileURLToPath(new URL('../../../shims/internal-binding/install.js', import.meta.url));

const PORTED = { NODE_OPTIONS: `--require=${INSTALL}`, PORTLAB_PORT: portPath };

const PRELUDE = `
  const fs = require('fs');
  const hooks = require('async_hooks');
  const { writeSync } = fs;
  const log = [];
  // In an order of their own: they are emitted when the event loop comes by, which is a race with the file system.
  // Without promises, which the garbage collector destroys when it likes.
  const destroyed = [];
  const collected = new Set();
  const say = (...words) => log.push(words.join(' '));
  const ids = new Map();
  // By order of appearance: absolute ids depend on what was loaded.
  const short = (id) => (id === 0 ? 0 : ids.get(id) ?? (ids.set(id, ids.size + 1), ids.size));
  const here = () => short(hooks.executionAsyncId()) + '<' + short(hooks.triggerAsyncId());
  const storage = new hooks.AsyncLocalStorage();
  const hook = hooks.createHook({
    init: (id, type, trigger, { constructor }) => { if (type === 'PROMISE') collected.add(id); say('init', type, constructor?.name, short(id), 'by', short(trigger), 'in', here()); },
    before: (id) => say('before', short(id), here()),
    after: (id) => say('after', short(id)),
    destroy: (id) => collected.has(id) || destroyed.push(short(id)),
    promiseResolve: (id) => say('resolve', short(id)),
  });
  process.on('exit', () => { hook.disable(); writeSync(1, [...log, 'destroyed', ...destroyed].join('\\n')); });
  const { FILE, FOLDER } = process.env;
  // Until all is done, so that one turn of the event loop delivers it.
  const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  const follow = (n) => {
    process.nextTick(() => { say('tick', n, here(), storage.getStore()); queueMicrotask(() => say('micro of tick', n, here())); });
    Promise.resolve().then(() => { say('micro', n, here(), storage.getStore()); process.nextTick(() => say('tick of micro', n, here())); });
  };
  hook.enable();
`;

const CALLBACKS = {
  access: "fs.access(FILE, done)",
  chmod: "fs.chmod(FILE, 0o600, done)",
  copyFile: "fs.copyFile(FILE, FOLDER + '/copy', done)",
  exists: "fs.exists(FILE, done)",
  lstat: "fs.lstat(FILE, { bigint: true }, done)",
  mkdir: "fs.mkdir(FOLDER + '/a/b/c', { recursive: true }, done)",
  mkdtemp: "fs.mkdtemp(FOLDER + '/m', (error) => done(error))",
  'open and close': "fs.open(FILE, (error, fd) => { say('opened', here()); fs.close(fd, done); })",
  opendir: "fs.opendir(FOLDER, (error, dir) => { say('opened', here()); dir.read(() => { say('read', here()); dir.close(done); }); })",
  read: "fs.read(fs.openSync(FILE), Buffer.alloc(4), 0, 4, 0, done)",
  readFile: "fs.readFile(FILE, 'utf8', done)",
  readdir: "fs.readdir(FOLDER, { withFileTypes: true }, (error, list) => done(error, list.length))",
  readv: "fs.readv(fs.openSync(FILE), [Buffer.alloc(1), Buffer.alloc(2)], 0, done)",
  realpath: "fs.realpath.native(FILE, (error) => done(error))",
  rename: "fs.rename(FILE, FILE + 2, done)",
  rmdir: "fs.rmdir(FOLDER + '/none', done)",
  stat: "fs.stat('/nowhere', done)",
  unlink: "fs.unlink(FILE, done)",
  write: "fs.write(fs.openSync(FILE, 'w'), 'text', done)",
  writeFile: "fs.writeFile(FILE, 'text', done)",
  'a refused argument': "try { fs.stat(FILE, { bigint: 1n }, 5); } catch (error) { say(error.code); } fs.stat(FILE, done)",
};

const PROMISES = {
  access: 'promises.access(FILE)',
  chmod: 'promises.chmod(FILE, 0o600)',
  lstat: 'promises.lstat(FILE)',
  mkdir: "promises.mkdir(FOLDER + '/a/b/c', { recursive: true })",
  readFile: "promises.readFile(FILE, 'utf8')",
  readdir: 'promises.readdir(FOLDER, { withFileTypes: true })',
  rejection: "promises.stat('/nowhere').catch((error) => say(error.code, here()))",
  rename: 'promises.rename(FILE, FILE + 2)',
  writeFile: "promises.writeFile(FILE, 'text')",
  'a handle': `promises.open(FILE, 'r+').then(async (handle) => {
    say((await handle.stat()).size, here());
    say((await handle.read(Buffer.alloc(4), 0, 4, 0)).bytesRead, here());
    say((await handle.write('xy', 0)).bytesWritten, here());
    await handle.close();
    say('closed', here());
  })`,
  'an iteration': 'promises.open(FILE).then(async (handle) => { for await (const line of handle.readLines()) say(line, here()); })',
};

const OTHERS = {
  'ticks and microtasks between requests that finish together': `
    for (const n of [1, 2, 3]) storage.run('store ' + n, () => fs.stat(FILE, () => { say('callback', n, here(), storage.getStore()); follow(n); }));
    wait();`,
  'promises that settle together': `
    for (const n of [1, 2, 3]) storage.run('store ' + n, async () => { await fs.promises.stat(FILE); say('await', n, here(), storage.getStore()); follow(n); });
    wait();`,
  'nested requests': `
    storage.run('outer', () => fs.stat(FILE, () => fs.readFile(FILE, () => { say(here(), storage.getStore()); fs.promises.stat(FILE).then(() => { say(here(), storage.getStore()); fs.lstat(FILE, () => say(here(), storage.getStore())); }); })));`,
  'a throw, then the others': `
    process.on('uncaughtException', (error) => say('uncaught', error.message, here(), storage.getStore()));
    for (const n of [1, 2, 3]) storage.run('store ' + n, () => fs.stat(FILE, () => { say('callback', n, here()); follow(n); if (n < 3) throw new Error('thrown by ' + n); }));
    wait();`,
  'a throw in a tick, between requests that finish together': `
    process.on('uncaughtException', (error) => say('uncaught', error.message, here(), storage.getStore()));
    for (const n of [1, 2, 3]) storage.run('store ' + n, () => fs.stat(FILE, () => { say('callback', n, here()); process.nextTick(() => { throw new Error('thrown by ' + n); }); }));
    wait();`,
  'a throw in a tick, and what waits behind it': `
    process.on('uncaughtException', (error) => say('uncaught', error?.message, here(), storage.getStore()));
    for (const n of [1, 2, 3]) storage.run('store ' + n, () => fs.stat(FILE, () => {
      say('callback', n, here());
      setImmediate(() => say('immediate', n, here(), storage.getStore()));
      process.nextTick(() => { say('tick', n, here()); if (n < 3) throw n === 1 ? null : new Error('thrown by ' + n); });
      follow(n);
    }));
    wait();`,
  'a throw in a microtask, between requests that finish together': `
    process.on('uncaughtException', (error) => say('uncaught', error.message, here(), storage.getStore()));
    for (const n of [1, 2, 3]) storage.run('store ' + n, () => fs.promises.stat(FILE).then(() => {
      say('then', n, here());
      queueMicrotask(() => { throw new Error('thrown by ' + n); });
      follow(n);
    }));
    wait();`,
  'a throw in a tick, in a domain': `
    const domain = require('domain').create();
    domain.on('error', (error) => say('domain', error.message, here()));
    domain.run(() => { for (const n of [1, 2]) fs.stat(FILE, () => process.nextTick(() => { throw new Error('thrown by ' + n); })); });
    wait();`,
  'a throw in a tick without hooks': `
    hook.disable();
    process.on('uncaughtException', (error) => say('uncaught', error.message));
    for (const n of [1, 2, 3]) fs.stat(FILE, () => { say('callback', n); process.nextTick(() => { throw new Error('thrown by ' + n); }); follow(n); });
    wait();`,
  'a throw in a tick without a handler': `
    process.on('exit', (code) => say('exit', code, here()));
    for (const n of [1, 2]) fs.stat(FILE, () => { say('callback', n); process.nextTick(() => { throw new Error('thrown'); }); });
    wait();`,
  'a throw without a handler': `
    fs.stat(FILE, () => { throw new Error('thrown'); }); fs.stat(FILE, () => say('not reached')); wait();`,
  'an unhandled rejection': `
    process.on('unhandledRejection', (error) => say('unhandled', error.code, here(), storage.getStore()));
    storage.run('store', () => { fs.promises.stat('/nowhere'); });`,
  'process.exit in a callback': `
    fs.stat(FILE, () => process.exit(7)); fs.stat(FILE, () => say('not reached')); wait();`,
  'a domain': `
    const domain = require('domain').create();
    domain.on('error', (error) => say('domain', error.message));
    domain.run(() => fs.stat(FILE, () => { throw new Error('thrown'); }));`,
  'streams': `
    storage.run('store', () => fs.createReadStream(FILE).on('data', (chunk) => say('data', chunk.length, here(), storage.getStore())).on('close', () => say('close', here(), storage.getStore())));`,
  'an asynchronous resource of the user': `
    const resource = new hooks.AsyncResource('MINE');
    resource.runInAsyncScope(() => fs.stat(FILE, () => say(here(), storage.getStore())));`,
  'no hooks': `
    hook.disable();
    for (const n of [1, 2, 3]) storage.run('store ' + n, () => fs.stat(FILE, () => { say('callback', n, storage.getStore()); follow(n); }));
    wait();`,
};

const programs = {
  ...Object.fromEntries(Object.entries(CALLBACKS).map(([name, call]) => [
    `callback: ${name}`,
    `const done = (error, value) => { say('done', error?.code, typeof value, here(), storage.getStore()); follow('end'); }; storage.run('store', () => { ${call}; });`,
  ])),
  ...Object.fromEntries(Object.entries(PROMISES).map(([name, call]) => [
    `promise: ${name}`,
    `const { promises } = fs; storage.run('store', async () => { await ${call}; say('done', here(), storage.getStore()); follow('end'); });`,
  ])),
  ...OTHERS,
};

/** Where the variant onehop has one request for what lib makes of several, and of their promises. */
const ONE_HOP = new Set(['callback: opendir', 'callback: readFile', 'callback: readdir', 'callback: writeFile', 'promise: readFile', 'promise: readdir', 'promise: writeFile', 'nested requests']);
const fewerRequests = (name) => process.env.PORTLAB_FEATURES === 'onehop' && ONE_HOP.has(name) &&
  'the variant onehop has fewer requests and promises here than lib: what the user sees of them is compared below';

for (const [name, program] of Object.entries(programs)) {
  for (const frames of ['--async-context-frame', '--no-async-context-frame']) {
    test(`${name} (${frames})`, { skip: fewerRequests(name) }, (t) => {
      const [native, ported] = [{}, PORTED].map((env) => run(t, frames, program, env));
      assert.notEqual(native.stdout, '', 'the native side logged nothing');
      assert.equal(ported.stdout, native.stdout);
      assert.equal(ported.code, native.code);
    });
    if (ONE_HOP.has(name)) {
      test(`what the user sees of one hop: ${name} (${frames})`, (t) => {
        const [native, ported] = [{}, { ...PORTED, PORTLAB_FEATURES: 'onehop' }].map((env) => run(t, frames, program, env));
        assert.deepEqual(seenByUser(ported.stdout), seenByUser(native.stdout));
        assert.ok(seenByUser(native.stdout).length >= 3);
        assertWhole(ported.stdout);
        assert.equal(ported.code, native.code);
      });
    }
  }
}

/** What callbacks, ticks and microtasks said, in order, with their stores; no hooks' lines, and no ids. */
function seenByUser(stdout) {
  const lines = stdout.slice(0, stdout.indexOf('\ndestroyed')).split('\n');
  return lines.filter((line) => !/^(init|before|after|resolve) /.test(line)).map((line) => line.replace(/\b\d+<\d+/, 'here'));
}

/** Contexts are entered and left in pairs, and each request is destroyed, once. */
function assertWhole(stdout) {
  const [log, destroyed] = stdout.split('\ndestroyed\n').map((part) => part.split('\n'));
  const open = [];
  const requests = [];
  for (const line of log) {
    const [event, ...words] = line.split(' ');
    // Handles and promises are destroyed when the garbage collector likes.
    if (event === 'init' && !/^(PROMISE|DIRHANDLE|FILEHANDLE)$/.test(words[0])) requests.push(words[2]);
    if (event === 'before') open.push(words[0]);
    if (event === 'after') assert.equal(open.pop(), words[0], line);
  }
  assert.deepEqual(open, []);
  assert.ok(requests.length > 0);
  assert.deepEqual(destroyed.toSorted(), requests.toSorted());
}

function run(t, frames, program, env) {
  const folder = scratch(t);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'first line\nsecond line\n');
  const { PORTLAB_PORT, NODE_OPTIONS, ...inherited } = process.env;
  // One thread keeps the order of what was begun.
  const child = spawnSync(process.execPath, [frames, '-e', PRELUDE + program], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...inherited, UV_THREADPOOL_SIZE: '1', FILE: file, FOLDER: folder, ...env },
  });
  return { stdout: child.stdout, code: child.status };
}
