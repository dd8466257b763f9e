// What surrounds the calls: the list of functions, the stack of an error, request classes, async ids.
import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook, executionAsyncId, triggerAsyncId } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { major, readPort, worlds } from './world.mjs';

const { reach } = createRequire(import.meta.url)('../../../shims/internal-binding/index.js');

test('port.toml lists every function and class of these bindings, and no other', () => {
  for (const [binding, { functions }] of Object.entries(readPort().bindings)) {
    const native = reach().internalBinding(binding);
    const real = Object.keys(native).filter((name) => typeof native[name] === 'function').sort();
    const listed = Object.keys(functions).filter((name) => (functions[name].node_majors ?? [major]).includes(major)).sort();
    assert.deepEqual(listed, real, binding);
  }
});

test('each function of port.toml is what it says', () => {
  for (const [binding, { functions }] of Object.entries(readPort().bindings)) {
    const native = reach().internalBinding(binding);
    const ported = worlds.port.bindings[binding];
    for (const [name, { status, reason }] of Object.entries(functions)) {
      if (status !== 'ported') assert.match(reason, /\.$/, `${name} needs a sentence`);
      if (native[name] === undefined) continue;
      if (status === 'native' && /^[A-Z]/.test(name)) assert.equal(ported[name], native[name], name);
      if (status !== 'native') assert.notEqual(ported[name], native[name], name);
    }
  }
});

test('the binding has the same properties', () => {
  const keys = (binding) => Object.keys(binding).map((name) => [name, typeof binding[name]]).sort();
  assert.deepEqual(keys(worlds.port.binding), keys(worlds.native.binding));
  assert.equal(worlds.port.binding.kUsePromises, worlds.native.binding.kUsePromises);
  const methods = (Class) => Object.getOwnPropertyNames(Class.prototype).filter((name) => name !== 'constructor');
  for (const name of methods(worlds.native.binding.FSReqCallback)) {
    assert.equal(typeof worlds.port.binding.FSReqCallback.prototype[name], 'function', name);
  }
});

test('the stack of an error begins at the caller of the binding', () => {
  const calls = {
    access: (fs) => fs.accessSync('/no/such'),
    chmod: (fs) => fs.chmodSync('/no/such', 0),
    chown: (fs) => fs.chownSync('/no/such', 0, 0),
    copyFile: (fs) => fs.copyFileSync('/no/such', '/no/other'),
    fsync: (fs) => fs.fsyncSync(999_999),
    ftruncate: (fs) => fs.ftruncateSync(999_999),
    link: (fs) => fs.linkSync('/no/such', '/no/other'),
    mkdtemp: (fs) => fs.mkdtempSync('/no/such'),
    readlink: (fs) => fs.readlinkSync('/no/such'),
    statfs: (fs) => fs.statfsSync('/no/such'),
    symlink: (fs) => fs.symlinkSync('/no/such', '/no/other'),
    utimes: (fs) => fs.utimesSync('/no/such', 0, 0),
    close: (fs) => fs.closeSync(999_999),
    fstat: (fs) => fs.fstatSync(999_999),
    lstat: (fs) => fs.lstatSync('/no/such'),
    mkdir: (fs) => fs.mkdirSync('/no/such/file'),
    open: (fs) => fs.openSync('/no/such'),
    readFileUtf8: (fs) => fs.readFileSync('/no/such', 'utf8'),
    readdir: (fs) => fs.readdirSync('/no/such'),
    realpath: (fs) => fs.realpathSync.native('/no/such'),
    rename: (fs) => fs.renameSync('/no/such', '/no/other'),
    rmdir: (fs) => fs.rmdirSync('/no/such'),
    stat: (fs) => fs.statSync('/no/such'),
    unlink: (fs) => fs.unlinkSync('/no/such'),
    writeFileUtf8: (fs) => fs.writeFileSync('/no/such', 'text'),
  };
  const frames = (stack) => stack.split('\n').slice(0, 2).join('\n');
  for (const [name, call] of Object.entries(calls)) {
    const stacks = Object.values(worlds).map(({ module }) => {
      try {
        return call(module);
      } catch (error) {
        return frames(error.stack);
      }
    });
    assert.equal(stacks[1], stacks[0], name);
  }
});

test('the stack of a rejection begins at the lib function that was awaited', () => {
  // In a process of its own: where async_hooks listen for destroy, ticks run inside the completion's frames.
  const script = `
    const { worlds } = await import(${JSON.stringify(new URL('./world.mjs', import.meta.url).href)});
    for (const { module } of Object.values(worlds)) console.log((await module.promises.stat('/no/such').catch((error) => error)).stack.split('\\n').slice(0, 2).join());
  `;
  const [native, port] = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim().split('\n');
  assert.match(native, /async Object.stat/);
  assert.equal(port, native);
});

/** The events of a few operations, with ids counted from the first. */
async function events(module) {
  const seen = [];
  const types = new Map();
  const hook = createHook({
    init(id, type, trigger) {
      if (!/^(FS|FILEHANDLE)/.test(type)) return;
      types.set(id, type);
      seen.push(['init', type, types.get(trigger) ?? 'other']);
    },
    before: (id) => types.has(id) && seen.push(['before', types.get(id)]),
    after: (id) => types.has(id) && seen.push(['after', types.get(id)]),
  }).enable();
  await new Promise((resolve) => {
    module.stat('/etc', () => {
      seen.push(['in stat', types.get(executionAsyncId()), types.get(triggerAsyncId()) ?? 'other']);
      module.readdir('/etc', () => {
        seen.push(['in readdir', types.get(executionAsyncId()), types.get(triggerAsyncId()) ?? 'other']);
        module.symlink('/etc', '/no/such/link', resolve);
      });
    });
  });
  await module.promises.access('/etc');
  const handle = await module.promises.open('/etc/passwd');
  await handle.read(Buffer.alloc(4), 0, 4, 0);
  await handle.close();
  await assert.rejects(module.promises.stat('/no/such'));
  hook.disable();
  return seen;
}

test('async_hooks see the same types, triggers and order', async () => {
  const native = await events(worlds.native.module);
  assert.ok(native.length > 20, 'the hook saw something');
  assert.deepEqual(await events(worlds.port.module), native);
});

test('AsyncLocalStorage, and ticks and microtasks between completions', async () => {
  const run = async ({ module }) => {
    const storage = new AsyncLocalStorage();
    const order = [];
    await Promise.all(Array.from({ length: 20 }, (_, i) => storage.run(i, () => new Promise((resolve) => {
      module.stat('/etc', () => {
        order.push(storage.getStore() === i ? 'callback' : 'lost');
        process.nextTick(() => order.push(storage.getStore() === i ? 'tick' : 'lost'));
        Promise.resolve().then(() => order.push('microtask')).then(resolve);
      });
    }))));
    return order;
  };
  const expected = Array.from({ length: 20 }, () => ['callback', 'tick', 'microtask']).flat();
  assert.deepEqual(await run(worlds.native), expected);
  assert.deepEqual(await run(worlds.port), expected);
});

test('a FileHandle closes once, and both ways', async () => {
  for (const { binding } of Object.values(worlds)) {
    const handle = await binding.openFileHandle('/etc/passwd', 0, 0o666, binding.kUsePromises);
    assert.ok(handle instanceof binding.FileHandle);
    const { fd } = handle;
    const closing = handle.close();
    assert.equal(handle.close(), closing);
    assert.equal(await closing, undefined);
    assert.ok(handle.fd < 0);
    assert.throws(() => fs.fstatSync(fd), { code: 'EBADF' });
    const second = await binding.openFileHandle('/etc/passwd', 0, 0o666, binding.kUsePromises);
    second.closeSync();
    second.closeSync();
    assert.ok(second.fd < 0);
  }
});

test('a handle whose descriptor is gone reports it', async () => {
  const errors = [];
  for (const { binding } of Object.values(worlds)) {
    const handle = await binding.openFileHandle('/etc/passwd', 0, 0o666, binding.kUsePromises);
    fs.closeSync(handle.fd);
    const error = await handle.close().catch((reason) => reason);
    errors.push({ message: error.message, ...error });
  }
  assert.deepEqual(errors[1], errors[0]);
});
