// Whole files in one hop: contents, encodings, flags, options, aborts and errors as natively.
import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { forms, native, onehop, portCalls } from './one-hop.mjs';
import { comparable, scratch } from './world.mjs';

/** Runs the same in both worlds, in every form, and compares what comes of it. */
async function same(names, name, argsOf, after = () => undefined) {
  for (const form of names) {
    const outcomes = [];
    for (const module of [native, onehop]) {
      const outcome = await forms[form](module, name)(...argsOf(module));
      outcomes.push({ outcome, after: after() });
    }
    assert.deepEqual(outcomes[1], outcomes[0], `${form} ${name}`);
  }
}

const ALL = ['promise', 'callback', 'sync'];
const LATER = ['promise', 'callback'];

test('contents in every encoding, of every kind of file', async (t) => {
  const folder = scratch(t);
  const name = (base) => path.join(folder, base);
  const texts = { empty: '', ascii: 'x'.repeat(1000), latin: 'añé'.repeat(300), wide: 'añ漢b😀'.repeat(300), large: 'é漢'.repeat(300_000) };
  for (const [base, text] of Object.entries(texts)) fs.writeFileSync(name(base), text);
  fs.writeFileSync(name('broken'), Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f]));
  fs.mkdirSync(name('folder'));
  fs.symlinkSync('ascii', name('link'));
  fs.symlinkSync('loop', name('loop'));
  const files = [...Object.keys(texts), 'broken', 'link', 'folder', 'loop', 'missing', 'ascii/below', 'n'.repeat(300)].map(name);
  files.push('/dev/null', '/proc/self/cmdline', Buffer.from(name('wide')), new URL(`file://${name('latin')}`));
  for (const file of files) {
    for (const encoding of [undefined, null, 'utf8', 'UTF-8', 'latin1', 'hex', 'base64', 'ucs2', 'ascii']) {
      await same(ALL, 'readFile', () => [file, encoding]);
      await same(ALL, 'readFile', () => [file, { encoding, flag: 'r' }]);
    }
  }
});

test('what is wrong with the arguments is said alike', async (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, 'x');
  for (const options of ['nonsense', 7, { encoding: 'nonsense' }, { flag: 'nonsense' }, { flag: 7.5 }, { signal: {} }, { flag: 'wx' }, { encoding: 'buffer' }]) {
    await same(ALL, 'readFile', () => [file, options]);
  }
  for (const bad of [undefined, null, {}, 'a\0b', Symbol('x'), true, 12345]) {
    await same(ALL, 'readFile', () => [bad, 'latin1']);
    await same(LATER, 'writeFile', () => [bad, 'x']);
  }
  for (const data of [undefined, null, 7, {}, [], Symbol('x')]) await same(ALL, 'writeFile', () => [file, data]);
  for (const options of [{ mode: 'nonsense' }, { mode: -1 }, { flag: 'nonsense' }, { encoding: 'nonsense' }, { flush: 'yes' }]) {
    await same(ALL, 'writeFile', () => [file, 'x', options]);
    await same(ALL, 'appendFile', () => [file, 'x', options]);
  }
});

test('files are written and lengthened alike', async (t) => {
  const folder = scratch(t);
  const file = path.join(folder, 'file');
  const content = () => {
    const now = fs.existsSync(file) ? [fs.readFileSync(file, 'hex').slice(0, 2000), fs.statSync(file).size, fs.statSync(file).mode] : 'missing';
    fs.rmSync(file, { force: true });
    return now;
  };
  const data = ['', 'añ漢', 'x'.repeat(600_000), Buffer.from('bytes'), new Uint16Array([1, 2, 3]), new DataView(new ArrayBuffer(5)), Buffer.alloc(200_000, 7)];
  for (const each of data) {
    for (const options of [undefined, 'latin1', { mode: 0o600 }, { encoding: 'hex' }, { flag: 'wx' }, { flush: true }, { flag: 'r+' }, { flag: 'a' }]) {
      await same(ALL, 'writeFile', () => [file, each, options], content);
      await same(ALL, 'appendFile', () => [file, each, options], content);
    }
  }
  await same(['promise'], 'writeFile', () => [file, (async function* () { yield 'a'; yield Buffer.from('b'); })()], content);
  for (const bad of [folder, path.join(folder, 'missing/file'), '/dev/full', '/dev/null']) {
    await same(ALL, 'writeFile', () => [bad, 'x']);
    await same(ALL, 'appendFile', () => [bad, Buffer.from('x')]);
  }
});

test('handles and descriptors stay with lib', async (t) => {
  const file = path.join(scratch(t), 'file');
  for (const module of [native, onehop]) {
    const handle = await module.promises.open(file, 'w+');
    await module.promises.writeFile(handle, 'one');
    await module.promises.appendFile(handle, ' two');
    await handle.close();
    const again = await module.promises.open(file);
    assert.equal(await module.promises.readFile(again, 'utf8'), 'one two');
    await again.close();
    const fd = module.openSync(file);
    assert.equal(module.readFileSync(fd, 'latin1'), 'one two');
    module.closeSync(fd);
  }
});

test('an abort wins before, in the middle and at random moments', async (t) => {
  const folder = scratch(t);
  const [file, copy] = [path.join(folder, 'file'), path.join(folder, 'copy')];
  fs.writeFileSync(file, 'x'.repeat(100_000));
  const abort = async (module, when, operation) => {
    const controller = new AbortController();
    if (when < 0) controller.abort(new Error('mine'));
    const running = operation(module, controller.signal);
    if (when === 0) controller.abort(new Error('mine'));
    if (when > 0) setTimeout(() => controller.abort(new Error('mine')), when);
    return running.then((value) => comparable(value ?? null), ({ name, code, message, cause }) => ({ name, code, message, cause: cause?.message }));
  };
  const operations = [
    (module, signal) => module.promises.readFile(file, { signal, encoding: 'latin1' }),
    (module, signal) => module.promises.writeFile(copy, 'text', { signal }),
    (module, signal) => new Promise((resolve, reject) => module.readFile(file, { signal }, (error, data) => (error ? reject(error) : resolve(data.length)))),
    (module, signal) => new Promise((resolve, reject) => module.writeFile(copy, 'text', { signal }, (error) => (error ? reject(error) : resolve()))),
  ];
  for (const operation of operations) {
    for (const when of [-1, 0]) assert.deepEqual(await abort(onehop, when, operation), await abort(native, when, operation));
    // Later it may come too late: then the operation succeeds, and never anything else.
    for (let i = 0; i < 100; i++) {
      const outcome = await abort(onehop, Math.random() * 2, operation);
      if (outcome?.name !== undefined) assert.deepEqual([outcome.name, outcome.code, outcome.cause], ['AbortError', 'ABORT_ERR', 'mine']);
    }
  }
});

test('a FIFO is opened once and read to its end', async (t) => {
  const fifo = path.join(scratch(t), 'fifo');
  spawnSync('mkfifo', [fifo]);
  for (const form of LATER) {
    for (const module of [native, onehop]) {
      const writer = spawn('sh', ['-c', `printf 'first '; sleep 0.05; printf second`], { stdio: ['ignore', fs.openSync(fifo, 'r+'), 'inherit'] });
      const read = forms[form](module, 'readFile')(fifo, 'utf8');
      await new Promise((resolve) => writer.once('exit', resolve));
      // The parent's own end is the last one that keeps the FIFO open.
      for (const fd of fs.readdirSync('/proc/self/fd')) {
        try {
          if (fs.readlinkSync(`/proc/self/fd/${fd}`) === fifo && (fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').match(/flags:\s*0*(\d+)/)[1] & 3) === 2) fs.closeSync(Number(fd));
        } catch {
          // Closed meanwhile.
        }
      }
      const outcome = await read;
      assert.match(JSON.stringify(outcome), /first second/, `${form}`);
    }
  }
});

test('an error names who awaits', async (t) => {
  const missing = path.join(scratch(t), 'missing');
  async function whoAwaits(operation) {
    await operation();
  }
  for (const operation of [() => onehop.promises.readFile(missing), () => onehop.promises.writeFile(`${missing}/x`, 'x')]) {
    await assert.rejects(whoAwaits(operation), (error) => /^Error: ENOENT.*\n +at async whoAwaits /.test(error.stack));
  }
  assert.throws(() => onehop.readFileSync(missing), (error) => error.stack.includes('one-hop-files.test.mjs'));
});

test('one call of the addon is enough', async (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, 'x');
  for (const [calls, operation] of [
    [1, () => onehop.promises.readFile(file, 'utf8')],
    [1, () => onehop.promises.writeFile(file, 'x')],
    [1, () => onehop.promises.appendFile(file, 'x')],
    [1, () => onehop.readFileSync(file)],
  ]) {
    await operation();
    const before = portCalls();
    await operation();
    assert.equal(portCalls() - before, calls, String(operation));
  }
});

test('somebody who replaces a step is heard', (t, done) => {
  const file = path.join(scratch(t), 'file');
  const { open } = onehop;
  onehop.open = (...args) => args.pop()(new Error('mine'));
  onehop.writeFile(file, 'x', (error) => {
    onehop.open = open;
    // Node 26 has no steps there.
    assert.equal(error?.message, process.versions.node.startsWith('24.') ? 'mine' : undefined);
    done();
  });
});

test('hooks see the requests of fs.readFile as natively', async (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, 'x');
  const types = [];
  for (const module of [native, onehop]) {
    const seen = [];
    const hook = createHook({ init: (id, type) => type.startsWith('FSREQ') && seen.push(type) }).enable();
    await forms.callback(module, 'readFile')(file);
    hook.disable();
    types.push(seen);
  }
  assert.ok(types[0].length > 0);
  assert.deepEqual(types[1], types[0]);
});
