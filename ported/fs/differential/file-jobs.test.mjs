// Node 26's ReadFileJob and WriteFileJob: what they deliver, in which contexts, and through lib.
import assert from 'node:assert/strict';
import { createHook, executionAsyncId } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { comparable, scratch, worlds } from './world.mjs';

const options = { skip: worlds.native.binding.ReadFileJob === undefined && 'this Node has no ReadFileJob' };

/** Runs one job; descriptors are compared by what can be read from them. */
function run({ binding }, file, flags = 0, most = 1000) {
  return new Promise((resolve) => {
    const job = new binding.ReadFileJob(file, flags, most, false);
    job.ondone = function (...values) {
      const rest = values[2] >= 0 ? fs.readFileSync(values[2], 'latin1') : undefined;
      if (values[2] >= 0) fs.closeSync(values[2]);
      if (values[2] >= 0) values[2] = 'open';
      resolve({ values: values.map(comparable), rest, self: this === job, keys: Object.keys(values[0] ?? {}) });
    };
    assert.equal(job.run(file), undefined);
  });
}

test('contents, sizes and errors are delivered alike', options, async (t) => {
  const folder = scratch(t);
  const name = (base) => path.join(folder, base);
  fs.writeFileSync(name('empty'), '');
  fs.writeFileSync(name('999'), 'x'.repeat(999));
  fs.writeFileSync(name('1000'), 'añ漢b'.repeat(142) + '123456');
  fs.writeFileSync(name('1001'), 'y'.repeat(1001));
  fs.writeFileSync(name('large'), 'z'.repeat(300_000));
  fs.mkdirSync(name('folder'));
  fs.symlinkSync(name('999'), name('link'));
  fs.symlinkSync(name('loop'), name('loop'));
  const files = ['empty', '999', '1000', '1001', 'large', 'folder', 'link', 'loop', 'missing', '999/below'].map(name);
  const cases = [...files, Buffer.from(name('999')), '/proc/self/cmdline', '/dev/null'].map((file) => [file]);
  cases.push([name('999'), fs.constants.O_WRONLY], [name('new'), fs.constants.O_CREAT | fs.constants.O_EXCL]);
  cases.push([name('999'), 0, 0], [name('large'), 0, 300_000]);
  for (const [file, flags, most] of cases) {
    const native = await run(worlds.native, file, flags, most);
    fs.rmSync(name('new'), { force: true });
    const ported = await run(worlds.port, file, flags, most);
    fs.rmSync(name('new'), { force: true });
    assert.deepEqual(ported, native, String(file));
  }
});

for (const Job of ['ReadFileJob', 'WriteFileJob']) test(`async_hooks see the same events of a ${Job}`, options, async (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, 'x');
  const rest = Job === 'ReadFileJob' ? [0, 10, false] : [fs.constants.O_WRONLY, 0, Buffer.from('y')];
  async function events(world) {
    const log = [];
    let first;
    const relative = (id) => id - first;
    const hook = createHook({
      init(id, type, trigger, resource) {
        if (type !== 'FSREQCALLBACK') return;
        first ??= id;
        log.push(['init', relative(id), type, resource.constructor.name]);
      },
      before: (id) => id === first && log.push(['before']),
      after: (id) => id === first && log.push(['after']),
      destroy: (id) => id === first && log.push(['destroy']),
    }).enable();
    await new Promise((resolve) => {
      const job = new world.binding[Job](file, ...rest);
      log.push(['constructed', relative(job.getAsyncId())]);
      job.ondone = () => {
        log.push(['done', relative(executionAsyncId())]);
        setTimeout(resolve, 20);
      };
      job.run(file);
    });
    hook.disable();
    return log;
  }
  assert.deepEqual(await events(worlds.port), await events(worlds.native));
});

test('readFile of lib gives the same through callbacks and promises', options, async (t) => {
  const folder = scratch(t);
  const small = path.join(folder, 'small');
  const large = path.join(folder, 'large');
  fs.writeFileSync(small, 'añ漢b');
  fs.writeFileSync(large, 'é'.repeat(600_000));
  for (const file of [small, large, folder, path.join(folder, 'missing')]) {
    for (const encoding of [undefined, 'utf8', 'hex']) {
      const promise = ({ module }) => module.promises.readFile(file, encoding).then(comparable, comparable);
      const callback = ({ module }) =>
        new Promise((resolve) => module.readFile(file, encoding, (error, data) => resolve(comparable(error ?? data))));
      assert.deepEqual(await promise(worlds.port), await promise(worlds.native), `${file} ${encoding}`);
      assert.deepEqual(await callback(worlds.port), await callback(worlds.native), `${file} ${encoding}`);
    }
  }
});

test('an abort in the middle wins', options, async (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, 'x');
  const abort = async ({ module }) => {
    const controller = new AbortController();
    const read = module.promises.readFile(file, { signal: controller.signal });
    controller.abort();
    return read.then(comparable, ({ name, code, message }) => ({ name, code, message }));
  };
  assert.deepEqual(await abort(worlds.port), await abort(worlds.native));
});

/** Runs one WriteFileJob. */
function write({ binding }, file, flags, mode, view) {
  return new Promise((resolve) => {
    const job = new binding.WriteFileJob(file, flags, mode, view);
    job.ondone = function (...values) {
      resolve({ values: values.map(comparable), self: this === job, keys: Object.keys(values[0] ?? {}) });
    };
    assert.equal(job.run(file), undefined);
  });
}

test('files are written alike', options, async (t) => {
  const folder = scratch(t);
  const name = (base) => path.join(folder, base);
  const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } = fs.constants;
  fs.mkdirSync(name('folder'));
  const usual = O_WRONLY | O_CREAT | O_TRUNC;
  const views = [
    Buffer.from('text'), Buffer.alloc(0), Buffer.alloc(300_000, 'large'), new Uint16Array([1, 2, 3]),
    new DataView(new ArrayBuffer(8, { maxByteLength: 16 }), 2, 3), new Uint8Array(new SharedArrayBuffer(5)),
  ];
  const cases = views.map((view) => ['file', usual, 0o640, view]);
  for (const base of ['folder', 'missing/below', 'old/below', 'old', 'link', 'dangling', 'loop']) cases.push([base, usual, 0o666, views[0]]);
  cases.push(['old', usual | O_EXCL, 0, views[0]], ['old', O_WRONLY | O_APPEND, 0, views[0]], ['old', O_RDONLY, 0, views[0]], ['missing', O_WRONLY, 0, views[0]]);
  cases.push([Buffer.from('buffer-\xff', 'latin1'), usual, 0o600, views[0]]);
  for (const [base, ...rest] of cases) {
    const outcome = async (world) => {
      const file = typeof base === 'string' ? name(base) : Buffer.concat([Buffer.from(`${folder}/`), base]);
      fs.writeFileSync(name('old'), 'old content');
      fs.symlinkSync('old', name('link'));
      fs.symlinkSync('nowhere', name('dangling'));
      fs.symlinkSync('loop', name('loop'));
      const delivered = await write(worlds[world], file, ...rest);
      const left = fs.readdirSync(folder, 'latin1').sort().map((found) => {
        const at = Buffer.from(`${folder}/${found}`, 'latin1');
        const stats = fs.lstatSync(at);
        return [found, stats.mode, stats.isFile() && fs.readFileSync(at, 'latin1')];
      });
      for (const [found] of left) if (found !== 'folder') fs.rmSync(Buffer.from(`${folder}/${found}`, 'latin1'));
      return { ...delivered, left };
    };
    const native = await outcome('native');
    assert.deepEqual(await outcome('port'), native, `${base}, ${rest}`);
  }
  if (fs.existsSync('/dev/full')) {
    const [native, port] = [await write(worlds.native, '/dev/full', O_WRONLY, 0, views[0]), await write(worlds.port, '/dev/full', O_WRONLY, 0, views[0])];
    assert.deepEqual(port, native);
  }
});

test('what can shrink is written as it was', options, async (t) => {
  const fifo = path.join(scratch(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const memory = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 20 });
  new Uint8Array(memory).fill(7);
  // It cannot begin to write before somebody reads.
  const written = write(worlds.port, fifo, fs.constants.O_WRONLY, 0, new Uint8Array(memory));
  memory.resize(0);
  assert.ok((await fs.promises.readFile(fifo)).equals(Buffer.alloc(1 << 20, 7)));
  assert.deepEqual((await written).values, [null]);
});

test('writeFile of lib does the same through callbacks and promises', options, async (t) => {
  const folder = scratch(t);
  const file = path.join(folder, 'file');
  for (const target of [file, folder, path.join(folder, 'missing', 'file')]) {
    for (const data of ['añ漢b', Buffer.from('bytes'), new Float64Array([1.5]), '']) {
      for (const settings of [undefined, 'latin1', { flag: 'a', mode: 0o600 }, { flag: 'wx' }]) {
        const left = () => [fs.existsSync(file) && fs.readFileSync(file, 'latin1'), fs.rmSync(file, { force: true })];
        const seen = async (module) => [
          await module.promises.writeFile(target, data, settings).then(comparable, comparable), left(),
          await new Promise((resolve) => module.writeFile(target, data, settings, (error) => resolve(comparable(error)))), left(),
        ];
        assert.deepEqual(await seen(worlds.port.module), await seen(worlds.native.module), `${target} ${data}`);
      }
    }
  }
});
