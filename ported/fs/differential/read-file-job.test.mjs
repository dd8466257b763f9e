// Node 26's ReadFileJob, natively and on the port: what it delivers, in which contexts, and through lib's readFile.
import assert from 'node:assert/strict';
import { createHook, executionAsyncId } from 'node:async_hooks';
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

test('async_hooks see the same events in the same order', options, async (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, 'x');
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
      const job = new world.binding.ReadFileJob(file, 0, 10, false);
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
