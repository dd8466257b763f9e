// Every function that takes a path, on paths of every kind, in its three forms.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { changeable, furnish, inPlace, paths } from './furnished.mjs';
import { callback, promise, scratch, sync, worlds } from './world.mjs';

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, O_DIRECTORY } = fs.constants;

/** Functions by the arguments before and after the request; those that change something run in folders of their own. */
const reading = {
  access: [[0], [4], [7]],
  stat: [[false], [true]],
  lstat: [[false], [true]],
  open: [[O_RDONLY, 0o666], [O_RDONLY | O_DIRECTORY, 0]],
  openFileHandle: [[O_RDONLY, 0o666]],
  readdir: ['utf8', 'buffer', 'latin1', 'hex', 'base64', 'base64url', 'ucs2', 'ascii', undefined, 'UTF-8', 'nonsense']
    .flatMap((encoding) => [[encoding, false], [encoding, true]]),
  realpath: [['utf8'], ['buffer'], ['latin1'], ['hex'], [undefined]],
};

const stable = /^(procfs|socket)$/;

for (const [name, variants] of Object.entries(reading)) {
  test(`${name} on every kind of path`, async (t) => {
    const folder = scratch(t);
    const server = await furnish(folder);
    t.after(() => server.close());
    for (const [kind, value] of Object.entries(paths(folder))) {
      if (name !== 'stat' && name !== 'lstat' && stable.test(kind) && kind === 'procfs') continue;
      for (const variant of variants) {
        const outcomes = {};
        for (const [world, { binding }] of Object.entries(worlds)) {
          outcomes[world] = {
            sync: name === 'openFileHandle' ? undefined : closing(binding, name, sync(() => binding[name](value, ...variant, ...(/stat/.test(name) ? [undefined] : [])))),
            callback: closing(binding, name, await callback(binding, name, [value, ...variant], [], variant[0] === true)),
            promise: closing(binding, name, await promise(binding, name, [value, ...variant])),
          };
        }
        assert.deepEqual(volatile(outcomes.port), volatile(outcomes.native), `${name}(${kind}, ${variant})`);
      }
    }
  });
}

/** Closes what open has opened, and keeps of its number only that it is one. */
function closing(binding, name, outcome) {
  if (name !== 'open') return outcome;
  const fd = outcome.returned ?? outcome.resolved ?? outcome.called?.[1];
  if (typeof fd !== 'number') return outcome;
  binding.close(fd);
  return { opened: fd >= 0 };
}

/** Times of access change while we look, and so do inodes of /proc. */
function volatile(outcomes) {
  for (const outcome of Object.values(outcomes)) {
    for (const value of [outcome?.returned, outcome?.resolved, outcome?.called?.[1]]) {
      const elements = value?.elements;
      if (elements?.length >= 18) {
        elements.length = 18;
        elements.fill('time', 10, 12);
      }
    }
  }
  return outcomes;
}

test('throwIfNoEntry: false', async (t) => {
  const folder = scratch(t);
  const server = await furnish(folder);
  t.after(() => server.close());
  for (const [kind, value] of Object.entries(paths(folder))) {
    if (kind === 'procfs') continue;
    const outcomes = {};
    for (const [world, { binding }] of Object.entries(worlds)) {
      outcomes[world] = {
        stat: sync(() => binding.stat(value, false, undefined, false)),
        big: sync(() => binding.stat(value, true, undefined, false)),
        lstat: sync(() => binding.lstat(value, false, undefined, false)),
        callback: await callback(binding, 'stat', [value, false], [false]),
        promise: await promise(binding, 'stat', [value, false], [false]),
      };
    }
    assert.deepEqual(volatile(outcomes.port), volatile(outcomes.native), kind);
  }
});

test('existsSync and internalModuleStat', async (t) => {
  const folder = scratch(t);
  const server = await furnish(folder);
  t.after(() => server.close());
  for (const [kind, value] of Object.entries(paths(folder))) {
    const of = ({ binding }) => [
      binding.existsSync(value),
      typeof value === 'string' ? binding.internalModuleStat(value) : undefined,
    ];
    assert.deepEqual(of(worlds.port), of(worlds.native), kind);
  }
});

test('readFileUtf8 on every kind of path', async (t) => {
  const folder = scratch(t);
  const server = await furnish(folder);
  t.after(() => server.close());
  for (const [kind, value] of Object.entries(paths(folder))) {
    if (kind === 'procfs') continue;
    for (const flags of [O_RDONLY, O_WRONLY, O_RDWR]) {
      const of = ({ binding }) => sync(() => binding.readFileUtf8(value, flags));
      assert.deepEqual(of(worlds.port), of(worlds.native), `${kind}, ${flags}`);
    }
  }
});

/** Functions that change the file system, each form on a freshly furnished folder. */
const changing = {
  mkdir: [[0o777, false], [0o700, true], [0o755, true]],
  rmdir: [[]],
  unlink: [[]],
  open: [[O_WRONLY | O_CREAT, 0o600], [O_RDWR | O_CREAT | O_EXCL, 0o644], [O_WRONLY | O_TRUNC, 0]],
};

for (const [name, variants] of Object.entries(changing)) {
  test(`${name} changes the same`, async (t) => {
    const folder = scratch(t);
    for (const kind of changeable) {
      for (const variant of variants) {
        const { native, port } = await inPlace(folder, name, (all) => [all[kind], ...variant], (binding, outcome) => closing(binding, name, outcome));
        assert.deepEqual(port, native, `${name}(${kind}, ${variant})`);
      }
    }
  });
}

test('rename between every two kinds of path', async (t) => {
  const folder = scratch(t);
  const kinds = ['file', 'directory', 'empty', 'missing', 'below a file', 'not UTF-8', 'link', 'missing buffer', 'too long a name'];
  for (const from of kinds) {
    for (const to of kinds) {
      const { native, port } = await inPlace(folder, 'rename', (all) => [all[from], all[to]]);
      assert.deepEqual(port, native, `rename(${from}, ${to})`);
    }
  }
});
