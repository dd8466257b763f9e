// opendir: what is read, in which parts, how it fails, and what becomes of a directory that nobody closes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { comparable, portPath, scratch, worlds } from './world.mjs';

const world = new URL('./world.mjs', import.meta.url).href;

/** A folder with a file, a folder, a link, a FIFO and names that are no plain ASCII. */
function furnished(t, files = 0) {
  const folder = scratch(t);
  fs.writeFileSync(path.join(folder, 'file'), '');
  fs.mkdirSync(path.join(folder, 'folder/inner'), { recursive: true });
  fs.symlinkSync('nowhere', path.join(folder, 'link'));
  spawnSync('mkfifo', [path.join(folder, 'fifo')]);
  fs.writeFileSync(path.join(folder, 'naïve ☃ 𝒳'), '');
  fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9, 0xff])]), '');
  for (let i = 0; i < files; i++) fs.writeFileSync(path.join(folder, `one-of-many-${i}`), '');
  return folder;
}

const entry = ({ name, parentPath, ...rest }) => ({ name: comparable(name), parentPath, type: Object.getOwnPropertySymbols(rest).map((key) => rest[key]) });

/** The same done on both worlds; what one throws is its outcome. */
async function both(run) {
  const outcomes = [];
  for (const one of [worlds.native, worlds.port]) {
    try {
      outcomes.push({ value: await run(one) });
    } catch (error) {
      outcomes.push({ error: comparable(error), stack: error.stack.split('\n')[1] });
    }
  }
  assert.deepEqual(outcomes[1], outcomes[0]);
  return outcomes[0];
}

for (const encoding of ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'utf16le', 'buffer', undefined]) {
  for (const bufferSize of [1, 3, 32, 5000]) {
    test(`every entry, encoding ${encoding}, bufferSize ${bufferSize}`, async (t) => {
      const folder = furnished(t, 40);
      const { value } = await both(async ({ module }) => {
        const found = { iterated: [], sync: [], called: [] };
        for await (const one of await module.promises.opendir(folder, { encoding, bufferSize })) found.iterated.push(entry(one));
        const dir = module.opendirSync(folder, { encoding, bufferSize });
        for (let one; (one = dir.readSync()) !== null; ) found.sync.push(entry(one));
        dir.closeSync();
        await new Promise((resolve, reject) => module.opendir(folder, { encoding, bufferSize }, (error, opened) => {
          if (error) return reject(error);
          const next = () => opened.read((failed, one) => {
            if (failed) return reject(failed);
            if (one === null) return opened.close(resolve);
            found.called.push(entry(one));
            next();
          });
          next();
        }));
        return found;
      });
      assert.equal(value.iterated.length, 46);
      assert.deepEqual(value.sync, value.iterated);
      assert.deepEqual(value.called, value.iterated);
    });
  }
}

test('the binding hands over parts of the size that was asked for, also when sizes and encodings change', async (t) => {
  const folder = furnished(t, 3000);
  fs.unlinkSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9, 0xff])]));
  const { value } = await both(async ({ bindings: { fs: binding, fs_dir: { opendirSync } } }) => {
    const handle = opendirSync(folder);
    const later = (...args) => new Promise((resolve, reject) => {
      const req = new binding.FSReqCallback();
      req.oncomplete = (error, part) => (error ? reject(error) : resolve(part));
      handle.read(...args, req);
    });
    const parts = [handle.read('utf8', 7), await later('utf8', 5), handle.read('hex', 3), await later('buffer', 2), handle.read('utf8', 2000), await later('utf8', 9)];
    // A request is answered on a later turn, although its entries are here.
    let answered = false;
    const last = later('utf8', 1).then(() => { answered = true; });
    await Promise.resolve();
    parts.push(answered);
    await last;
    for (let part; (part = await later('latin1', 900)) !== null; ) parts.push(part);
    parts.push(handle.read('utf8', 1), handle.close());
    return parts.map(comparable);
  });
  assert.deepEqual(value.map((part) => part?.length), [14, 10, 6, 4, 4000, 18, undefined, 1800, 156, undefined, undefined]);
});

test('directories that are no such, and what recursive reading finds', async (t) => {
  const folder = furnished(t);
  for (const name of ['/no/such', path.join(folder, 'file'), path.join(folder, 'link'), '']) {
    await both(({ module }) => module.opendirSync(name));
    await both(({ module }) => module.promises.opendir(name));
    await both(({ module }) => new Promise((resolve, reject) => module.opendir(name, (error) => (error ? reject(error) : resolve()))));
    await both(({ bindings }) => bindings.fs_dir.opendir(name, 'utf8'));
    await both(({ bindings }) => bindings.fs_dir.opendirSync(name));
  }
  const { value } = await both(async ({ module }) => {
    const found = [];
    for await (const { name, parentPath } of await module.promises.opendir(folder, { recursive: true, encoding: 'latin1' })) found.push(path.join(parentPath, name));
    return found;
  });
  assert.equal(value.length, 7);
});

test('closed, closed twice, read while it is read, and removed while it is open', async (t) => {
  const folder = furnished(t);
  const { value } = await both(async ({ module }) => {
    const said = [];
    const say = (result) => said.push(comparable(result));
    const dir = await module.promises.opendir(folder);
    const names = Promise.all(Array.from({ length: 8 }, () => dir.read().then((one) => one?.name)));
    try { dir.readSync(); } catch (error) { say(error); }
    try { dir.closeSync(); } catch (error) { say(error); }
    say(await names);
    await dir.close();
    for (const call of [() => dir.read(), () => dir.readSync(), () => dir.close(), () => dir.closeSync()]) {
      try { say(await call()); } catch (error) { say(error); }
    }
    const gone = path.join(folder, 'gone');
    fs.mkdirSync(gone);
    const open = module.opendirSync(gone);
    fs.rmdirSync(gone);
    say(open.readSync());
    open.closeSync();
    return said;
  });
  assert.ok(value.length >= 8);
});

test('a directory that the collector finds is closed with a warning, one that was closed is not', () => {
  const script = `
    const { worlds } = await import(${JSON.stringify(world)});
    const { readdirSync } = await import('node:fs');
    for (const [name, { module }] of Object.entries(worlds)) {
      const warnings = [];
      const hear = (warning) => warnings.push([warning.name, warning.message]);
      process.on('warning', hear);
      const before = readdirSync('/proc/self/fd').length;
      (() => { module.opendirSync('/etc'); module.opendirSync('/etc').closeSync(); module.opendirSync('/etc').readSync(); })();
      await new Promise(setImmediate);
      gc();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      process.off('warning', hear);
      console.log(JSON.stringify({ warnings, left: readdirSync('/proc/self/fd').length - before }));
    }`;
  const { stdout, stderr } = child(['--expose-gc', '--no-warnings'], script);
  const [native, port] = stdout.trim().split('\n');
  assert.equal(port, native, stderr);
  assert.deepEqual(JSON.parse(native).warnings.length, 2);
  assert.equal(JSON.parse(port).left, 0);
});

test('no descriptor is left of ten thousand directories, nor of those that a worker leaves open', () => {
  const script = `
    const { worlds } = await import(${JSON.stringify(world)});
    const { readdirSync } = await import('node:fs');
    const { Worker } = await import('node:worker_threads');
    const { module } = worlds.port;
    const open = () => readdirSync('/proc/self/fd').length;
    await (await module.promises.opendir('/etc')).close();
    const before = open();
    for (let i = 0; i < 5000; i++) module.opendirSync('/proc/self/fd').closeSync();
    for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 50 }, async () => { for await (const one of await module.promises.opendir('/proc/self/task')) one.name; }));
    console.log(open() - before);
    // The first one leaves what the process keeps for all.
    let after;
    for (let i = 0; i < 4; i++) {
      const worker = new Worker(\`import(${JSON.stringify(world)}).then(({ worlds }) => {
        globalThis.kept = Array.from({ length: 20 }, () => worlds.port.module.opendirSync('/etc'));
        for (let i = 0; i < 20; i++) worlds.port.module.opendir('/etc', (error, dir) => kept.push(dir));
        import('node:worker_threads').then(({ parentPort }) => parentPort.postMessage(0));
      })\`, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      after ??= open();
    }
    console.log(open() - after);`;
  const { stdout, stderr } = child([], script);
  assert.equal(stdout, '0\n0\n', stderr);
});

function child(flags, script) {
  return spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
    env: { ...process.env, PORTLAB_PORT_FS: portPath, NODE_TEST_CONTEXT: undefined }, encoding: 'utf8', timeout: 120_000,
  });
}
