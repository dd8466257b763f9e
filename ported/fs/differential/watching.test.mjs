// fs.watch and fs.watchFile: the same happens to the same files under both worlds' watchers; what they tell is compared.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { comparable, portPath, scratch, worlds } from './world.mjs';

const world = new URL('./world.mjs', import.meta.url).href;
const turn = () => new Promise(setImmediate);

/**
 * Until nothing new was told for some turns of the event loop. A busy machine may let one side wait for longer than
 * these: where both sides must tell the same in the end, they are given the time to.
 * @param {() => boolean} [complete] Whether all was told that must be.
 */
async function settled(logs, complete = () => true) {
  const deadline = Date.now() + 20_000;
  for (let quiet = 0, seen = -1; quiet < 20 || (!complete() && Date.now() < deadline); quiet++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const now = JSON.stringify(logs).length;
    if (now !== seen) quiet = 0;
    seen = now;
  }
}

const text = (log) => JSON.stringify(log);
const distinct = (log) => text([...new Set(log)].sort());

/** Watches as both worlds do, changes files in steps, and compares what was told at each. */
async function watched(t, options, prepare, steps) {
  const folder = scratch(t);
  const target = prepare(folder);
  const logs = [[], []];
  const watchers = [worlds.native, worlds.port].map(({ module }, i) => module
    .watch(target, options, (...event) => logs[i].push(comparable(event)))
    .on('error', (error) => logs[i].push(comparable(error)))
    .on('close', () => logs[i].push('close')));
  for (const step of steps) {
    step(folder);
    await settled(logs, () => text(logs[0]) === text(logs[1]));
    assert.deepEqual(logs[1], logs[0]);
    for (const log of logs) log.push('step');
  }
  for (const watcher of watchers) watcher.close();
  await turn();
  assert.deepEqual(logs[1], logs[0]);
  assert.equal(logs[0].at(-1), 'close');
  return logs[0].filter((event) => event !== 'step');
}

const itself = (folder) => folder;
const file = (folder) => {
  fs.writeFileSync(path.join(folder, 'file'), 'x');
  return path.join(folder, 'file');
};
const at = (name, act) => (folder) => act(path.join(folder, name));

test('a directory: create, modify, truncate, attributes, rename, link, delete', async (t) => {
  const told = await watched(t, {}, itself, [
    at('a', (name) => fs.writeFileSync(name, 'x')),
    at('a', (name) => fs.appendFileSync(name, 'y')),
    at('a', (name) => fs.truncateSync(name, 0)),
    at('a', (name) => fs.chmodSync(name, 0o600)),
    at('a', (name) => fs.utimesSync(name, 1, 1)),
    at('a', (name) => fs.renameSync(name, `${name}2`)),
    at('a2', (name) => fs.linkSync(name, `${name}-link`)),
    at('folder', (name) => fs.mkdirSync(name)),
    at('folder', (name) => fs.chmodSync(name, 0o700)),
    at('folder', (name) => fs.writeFileSync(path.join(name, 'deep'), '')),
    at('folder', (name) => fs.rmSync(name, { recursive: true })),
    at('a2', (name) => fs.unlinkSync(name)),
    // Equal changes that follow each other are told once, by both.
    at('many', (name) => { for (let i = 0; i < 50; i++) fs.appendFileSync(name, 'z'); }),
    at('x', (name) => { for (let i = 0; i < 400; i++) fs.writeFileSync(`${name}${i}`, 'z'); }),
  ]);
  assert.ok(told.length > 800);
});

test('a file: modified, its attributes, moved, deleted', async (t) => {
  const told = await watched(t, {}, file, [
    at('file', (name) => fs.appendFileSync(name, 'y')),
    at('file', (name) => fs.chmodSync(name, 0o600)),
    at('file', (name) => fs.renameSync(name, `${name}2`)),
    at('file2', (name) => fs.appendFileSync(name, 'y')),
    at('file2', (name) => fs.unlinkSync(name)),
    at('file', (name) => fs.writeFileSync(name, 'again')),
  ]);
  assert.ok(told.every((event) => event === 'close' || event[1] === 'file'));
});

test('a directory that is removed, and one with a slash behind its name', async (t) => {
  for (const slash of ['', '/', '/.']) {
    const told = await watched(t, {}, (folder) => { fs.mkdirSync(path.join(folder, 'd')); return path.join(folder, 'd') + slash; }, [
      at('d/x', (name) => fs.writeFileSync(name, '')),
      at('d', (name) => fs.rmSync(name, { recursive: true })),
      at('d', (name) => fs.mkdirSync(name)),
    ]);
    assert.ok(told.length > 3);
  }
});

for (const encoding of ['utf8', 'buffer', 'hex', 'base64', 'latin1', 'ascii', 'utf16le', null]) {
  test(`names in the encoding ${encoding}`, async (t) => {
    const told = await watched(t, encoding === null ? {} : { encoding }, itself, [
      at('plain', (name) => fs.writeFileSync(name, '')),
      at('naïve ☃ 𝒳', (name) => fs.writeFileSync(name, '')),
      (folder) => fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9, 0xff])]), ''),
    ]);
    assert.ok(told.length >= 4);
  });
}

test('a tree, which lib watches directory by directory', async (t) => {
  const folders = [worlds.native, worlds.port].map(() => scratch(t));
  const logs = [[], []];
  const watchers = [worlds.native, worlds.port].map(({ module }, i) => {
    fs.mkdirSync(path.join(folders[i], 'one/two'), { recursive: true });
    return module.watch(folders[i], { recursive: true }, (...event) => logs[i].push(event.join(' ')));
  });
  await settled(logs);
  for (const step of [
    at('one/two/x', (name) => fs.writeFileSync(name, 'x')),
    at('one/two/x', (name) => fs.unlinkSync(name)),
    at('one/three', (name) => fs.mkdirSync(name)),
    at('one/three/y', (name) => fs.writeFileSync(name, 'x')),
    at('one', (name) => fs.rmSync(name, { recursive: true })),
  ]) {
    folders.forEach(step);
    await settled(logs, () => distinct(logs[0]) === distinct(logs[1]));
  }
  watchers.forEach((watcher) => watcher.close());
  assert.deepEqual([...new Set(logs[1])].sort(), [...new Set(logs[0])].sort());
  assert.ok(logs[0].length > 4);
});

test('what cannot be watched, and what is closed, referenced and started twice', async (t) => {
  const folder = scratch(t);
  const outcome = async ({ module, bindings: { fs_event_wrap: { FSEvent } } }) => {
    const said = [];
    const say = (value) => said.push(comparable(value));
    for (const name of ['/no/such', path.join(folder, 'none'), '']) {
      try { module.watch(name); } catch (error) { say(error); say(error.stack.split('\n')[1]); }
      try { for await (const _ of module.promises.watch(name)); } catch (error) { say(error); }
    }
    const handle = new FSEvent();
    const state = () => say([handle.initialized, handle.hasRef(), handle.close(), handle.ref(), handle.unref()]);
    state();
    say(handle.start('/no/such', true, false, 'utf8'));
    state();
    say(typeof handle.getAsyncId());
    const other = new FSEvent();
    say([other.start(folder, false, false, 'utf8'), other.initialized, other.hasRef(), other.ref(), other.hasRef(), other.unref(), other.hasRef()]);
    await new Promise((resolve) => { other.onclose = resolve; other.close(function () { say(this === other); resolve(); }); });
    say([other.initialized, other.hasRef(), other.close()]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    try { for await (const _ of module.promises.watch(folder, { signal: controller.signal })); } catch (error) { say(error.name); }
    return said;
  };
  assert.deepEqual(await outcome(worlds.port), await outcome(worlds.native));
});

test('several watchers of one file, of which callbacks close some', async (t) => {
  const outcome = async ({ module }) => {
    const folder = scratch(t);
    const told = [];
    const watchers = Array.from({ length: 5 }, (_, i) => module.watch(folder, (type, name) => {
      told.push([i, type, name]);
      if (i === 1) [0, 1, 3].forEach((other) => watchers[other].close());
    }));
    for (const name of ['a', 'b']) {
      fs.mkdirSync(path.join(folder, name));
      await settled(told, () => told.some((event) => event[2] === name));
    }
    watchers.forEach((watcher) => watcher.close());
    return told;
  };
  assert.deepEqual(await outcome(worlds.port), await outcome(worlds.native));
});

for (const bigint of [false, true]) {
  test(`watchFile: created, changed, replaced, removed${bigint ? ', as bigints' : ''}`, async (t) => {
    const folder = scratch(t);
    const name = path.join(folder, 'file');
    const logs = [[], []];
    const stats = (one) => Object.values({ ...one, atime: 0, atimeMs: 0, atimeNs: 0, blocks: 0 }).map(String);
    const all = [worlds.native, worlds.port];
    all.forEach(({ module }, i) => module.watchFile(name, { interval: 3, bigint }, (now, before) => logs[i].push([stats(now), stats(before)])));
    const link = path.join(folder, 'link');
    // Times have the resolution of the clock tick that stamps them: each step differs in size or inode, too.
    // That nothing is there is told too.
    let events = 0;
    for (const step of [
      () => {},
      () => fs.writeFileSync(name, 'one'),
      () => fs.appendFileSync(name, 'more'),
      () => fs.chmodSync(name, 0o600),
      () => { fs.writeFileSync(link, 'other file'); fs.renameSync(link, name); },
      () => fs.unlinkSync(name),
      () => fs.mkdirSync(name),
    ]) {
      step();
      events++;
      await settled(logs, () => logs.every((log) => log.length === events));
      assert.deepEqual(logs[1], logs[0]);
    }
    fs.readdirSync(name);
    await settled(logs);
    all.forEach(({ module }) => module.unwatchFile(name));
    assert.deepEqual(logs.map((log) => log.length), [7, 7]);
  });
}

test('watchFile of what is there, of what never is, and of a file below a file', async (t) => {
  const folder = scratch(t);
  const names = [file(folder), path.join(folder, 'none'), path.join(folder, 'file/below'), folder];
  const outcome = async ({ module }) => {
    const told = [];
    for (const [i, name] of names.entries()) module.watchFile(name, { interval: 1 }, (now, before) => told.push([i, now.mode, before.mode, now.birthtimeMs, before.nlink]));
    // Of the two that are not there.
    await settled(told, () => told.length >= 2);
    for (const name of names) module.unwatchFile(name);
    return told.sort();
  };
  const native = await outcome(worlds.native);
  assert.equal(native.length, 2);
  assert.deepEqual(await outcome(worlds.port), native);
});

test('the StatWatcher of the binding', async (t) => {
  const folder = scratch(t);
  const outcome = async ({ bindings: { fs: { StatWatcher } } }) => {
    const handle = new StatWatcher(false);
    const said = [handle.hasRef(), handle.unref(), handle.hasRef(), handle.ref(), handle.hasRef()];
    const first = new Promise((resolve) => { handle.onchange = function (status, stats) { resolve([this === handle, status, stats.length, stats.constructor.name, stats.every((one) => one === 0)]); }; });
    said.push(handle.start(path.join(folder, 'none'), 10), ...(await first));
    await new Promise((resolve) => handle.close(resolve));
    said.push(handle.hasRef(), handle.close(), typeof handle.getAsyncId());
    return said;
  };
  assert.deepEqual(await outcome(worlds.port), await outcome(worlds.native));
});

const ENDS = {
  'an unreferenced watcher': "module.watch(folder, { persistent: false }); module.watch(folder).unref();",
  'a referenced watcher': "const one = module.watch(folder); setTimeout(() => { console.log('closes'); one.close(); }, 20).unref();",
  'a watcher referenced again': "const one = module.watch(folder).unref(); one.ref(); one.ref(); setTimeout(() => { console.log('lets go'); one.unref(); }, 20).unref();",
  'unreferenced polls, which look once': "module.watchFile(folder + '/none', { persistent: false, interval: 1 }, () => console.log('looked')); module.watchFile(folder, { interval: 5 }, () => {}).unref();",
  'a referenced poll': "const one = module.watchFile(folder, { interval: 1 }, () => {}); setTimeout(() => { console.log('stops'); module.unwatchFile(folder); }, 20).unref();",
  'a poll that is stopped before its first look': "module.watchFile(folder, { interval: 1 }, () => {}); module.unwatchFile(folder);",
  'an open directory': "globalThis.kept = module.opendirSync(folder);",
  'a callback that throws': "process.on('uncaughtException', (error) => { console.log(error.message); one.close(); }); const one = module.watch(folder, () => { throw new Error('mine'); }); require('fs').mkdirSync(folder + '/x');",
};
for (const [name, script] of Object.entries(ENDS)) {
  test(`the end of a process: ${name}`, (t) => {
    const [native, port] = ['native', 'port'].map((which) => child([], `
      const { worlds } = await import(${JSON.stringify(world)});
      const require = process.getBuiltinModule('module').createRequire(import.meta.url);
      const { module } = worlds.${which};
      const folder = ${JSON.stringify(scratch(t))};
      setTimeout(() => { console.log('too long'); process.exit(9); }, 20_000).unref();
      process.on('exit', (code) => console.log('exit', code));
      ${script}`));
    assert.equal(port.stdout, native.stdout, port.stderr);
    assert.match(native.stdout, /exit 0/);
  });
}

test('workers are terminated with watchers open, and nothing of them is left', (t) => {
  const folder = scratch(t);
  const { stdout, stderr } = child([], `
    const { Worker } = await import('node:worker_threads');
    const { readdirSync } = await import('node:fs');
    const { worlds } = await import(${JSON.stringify(world)});
    const left = () => [readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length];
    worlds.port.module.watch('/tmp').close();
    await worlds.port.module.promises.stat('/tmp');
    const ended = async () => {
      const worker = new Worker(\`import(${JSON.stringify(world)}).then(({ worlds }) => {
        const { module } = worlds.port;
        for (let i = 0; i < 20; i++) { module.watch(${JSON.stringify(folder)}); module.watchFile('/no/such/' + i, { interval: 1 }, () => {}); }
        setInterval(() => module.writeFileSync(${JSON.stringify(folder)} + '/changed', ''), 1);
        module.promises.open('/etc/passwd').then((handle) => { globalThis.kept = handle; });
        setTimeout(() => import('node:worker_threads').then(({ parentPort }) => parentPort.postMessage(0)), 30);
      })\`, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    };
    await ended();
    const before = left();
    for (let i = 0; i < 4; i++) await ended();
    console.log(JSON.stringify(left()) === JSON.stringify(before), JSON.stringify([before, left()]));`);
  assert.match(stdout, /^true/, stderr + stdout);
});

test('ten thousand watches and polls leave no descriptor', (t) => {
  // Of its own: to watch a folder takes the kernel the longer, the more it knows of what is in it.
  const folder = JSON.stringify(scratch(t));
  const { stdout, stderr } = child([], `
    const { readdirSync } = await import('node:fs');
    const { worlds } = await import(${JSON.stringify(world)});
    const { module } = worlds.port;
    const open = () => readdirSync('/proc/self/fd').length;
    module.watch(${folder}).close();
    const before = open();
    for (let i = 0; i < 10_000; i++) module.watch(${folder}).close();
    for (let i = 0; i < 2_000; i++) { module.watchFile(${folder}, { interval: 1 }, () => {}); module.unwatchFile(${folder}); }
    console.log(open() - before, readdirSync('/proc/self/fdinfo').map((fd) => { try { return module.readFileSync('/proc/self/fdinfo/' + fd, 'utf8'); } catch { return ''; } }).join().split('inotify wd').length - 1);`);
  assert.equal(stdout, '0 0\n', stderr);
});

test('more events than the kernel keeps: the rest is lost to both, and watching goes on', async (t) => {
  const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  if (limit > 70_000) return t.skip(`this kernel queues ${limit} events: overflowing it takes too long`);
  const outcome = async ({ module }) => {
    const folder = scratch(t);
    const told = [];
    const watcher = module.watch(folder, (type, name) => told.push(name));
    for (let i = 0; i < limit; i++) fs.closeSync(fs.openSync(path.join(folder, `f${i % 2}`), 'w')), fs.unlinkSync(path.join(folder, `f${i % 2}`));
    await settled(told, () => told.length > 0);
    const before = told.length;
    fs.mkdirSync(path.join(folder, 'last'));
    await settled(told, () => told.includes('last'));
    watcher.close();
    return { before, after: told.slice(before) };
  };
  const native = await outcome(worlds.native);
  assert.deepEqual(await outcome(worlds.port), native);
  assert.deepEqual(native.after, ['last']);
});

function child(flags, script) {
  return spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
    env: { ...process.env, PORTLAB_PORT_FS: portPath, NODE_TEST_CONTEXT: undefined }, encoding: 'utf8', timeout: 120_000,
  });
}
