// Permissions, owners, times and sizes, by path and by descriptor; and what is known of a file system.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { changeable, furnish, inPlace, paths } from './furnished.mjs';
import { callback, comparable, promise, scratch, sync, worlds } from './world.mjs';

const times = [[0, 0], [1.5, 2.25], [-2.25, -1], [1e8 + 0.123456789, 9e8], [Infinity, 5], [5, -Infinity], [NaN, 7], [2 ** 33, -(2 ** 31)]];
const owners = [[-1, -1], [12345, -1], [-1, 54321], [0, 0], [4294967295, 4294967294]];

const byPath = {
  chmod: [[0o600], [0], [0o7777], [-1]],
  chown: owners,
  lchown: owners,
  utimes: times,
  lutimes: times,
};

for (const [name, variants] of Object.entries(byPath)) {
  test(`${name} changes the same`, async (t) => {
    const folder = scratch(t);
    for (const kind of changeable) {
      // Every value on one file, and one value on every kind of path.
      for (const variant of kind === 'file' || kind === 'link' ? variants : variants.slice(1, 2)) {
        const { native, port } = await inPlace(folder, name, (all) => [all[kind], ...variant]);
        assert.deepEqual(port, native, `${name}(${kind}, ${variant})`);
      }
    }
  });
}

const byDescriptor = {
  fchmod: [[0o600], [0o7777]],
  fchown: owners,
  futimes: times,
  ftruncate: [[0], [3], [100], [-1], [2 ** 53 - 1]],
  fsync: [[]],
  fdatasync: [[]],
};

/** What a descriptor is opened on. */
const opened = { 'for writing': ['file', 'r+'], 'for reading': ['file', 'r'], 'on a directory': ['dir', 'r'] };
const wrong = [999_999, -1, 1.5, NaN, Infinity, 2 ** 31, 'x', '3', undefined, null, 1n, {}, true, Symbol('s')];

for (const [name, variants] of Object.entries(byDescriptor)) {
  test(`${name} changes the same`, async (t) => {
    const folder = scratch(t);
    for (const [kind, [target, flags]] of Object.entries(opened)) {
      for (const variant of variants) {
        let fd;
        const { native, port } = await inPlace(
          folder,
          name,
          (all) => [fd = fs.openSync(path.join(path.dirname(all.file), target), flags), ...variant],
          (_, outcome) => (fs.closeSync(fd), outcome),
        );
        assert.deepEqual(port, native, `${name}(${kind}, ${variant})`);
      }
    }
  });

  test(`${name} refuses what is no descriptor`, async () => {
    for (const fd of wrong) {
      const outcomes = {};
      for (const [world, { binding }] of Object.entries(worlds)) {
        outcomes[world] = {
          sync: sync(() => binding[name](fd, ...variants[0])),
          callback: await callback(binding, name, [fd, ...variants[0]]),
          promise: await promise(binding, name, [fd, ...variants[0]]),
        };
      }
      assert.deepEqual(outcomes.port, outcomes.native, `${name}(${String(fd)})`);
    }
  });
}

test('statfs on every kind of path', async (t) => {
  const folder = scratch(t);
  const server = await furnish(folder);
  t.after(() => server.close());
  for (const [kind, value] of Object.entries({ ...paths(folder), 'always the same': '/proc' })) {
    for (const bigint of [false, true]) {
      const outcomes = {};
      for (const [world, { binding }] of Object.entries(worlds)) {
        outcomes[world] = [
          sync(() => binding.statfs(value, bigint)),
          await callback(binding, 'statfs', [value, bigint], [], bigint),
          await promise(binding, 'statfs', [value, bigint]),
        ];
        // What is free changes while we look.
        for (const { returned, called, resolved } of outcomes[world]) {
          (returned ?? called?.[1] ?? resolved)?.elements?.splice(4, 4);
        }
      }
      assert.deepEqual(outcomes.port, outcomes.native, `statfs(${kind}, ${bigint})`);
    }
  }
});

test('the answer of statfs is shared where the native one is', async () => {
  const { binding } = worlds.port;
  assert.equal(binding.statfs('/proc', false), binding.statFsValues);
  assert.equal(binding.statfs('/proc', true), binding.bigintStatFsValues);
  const own = await binding.statfs('/proc', false, binding.kUsePromises);
  assert.notEqual(own, binding.statFsValues);
  const shared = await new Promise((resolve) => {
    const req = new binding.FSReqCallback();
    req.oncomplete = (_, value) => resolve(value);
    binding.statfs('/proc', false, req);
  });
  assert.equal(shared, binding.statFsValues);
  assert.deepEqual(comparable(own), comparable(shared));
});

test('lib sees the same through its own functions', async (t) => {
  const folder = scratch(t);
  const file = path.join(folder, 'file');
  const seen = [];
  for (const { module } of Object.values(worlds)) {
    module.writeFileSync(file, 'content');
    module.utimesSync(file, new Date(5000), '7');
    await module.promises.chmod(file, '640');
    const handle = await module.promises.open(file, 'r+');
    await handle.truncate(3);
    await handle.sync();
    await handle.datasync();
    await handle.utimes(11, 13.5);
    await handle.chmod(0o604);
    await handle.close();
    const { mode, size, atimeMs, mtimeMs } = module.statSync(file);
    const { type, bsize, blocks, files, frsize } = module.statfsSync(folder);
    seen.push({ mode, size, atimeMs, mtimeMs, type, bsize, blocks, files, frsize });
    seen.at(-1).big = (await module.promises.statfs(folder, { bigint: true })).blocks;
    module.unlinkSync(file);
  }
  assert.deepEqual(seen[1], seen[0]);
});
