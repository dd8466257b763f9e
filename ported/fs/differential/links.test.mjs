// Links, copies and temporary directories.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { furnish, inPlace, paths } from './furnished.mjs';
import { callback, promise, scratch, sync, worlds } from './world.mjs';

const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;
const encodings = ['utf8', 'buffer', 'latin1', 'hex', 'base64', 'base64url', 'ucs2', 'ascii', undefined, 'UTF-8', 'nonsense'];

const ends = ['file', 'directory', 'missing', 'below a file', 'not UTF-8', 'missing and not UTF-8', 'missing non-ASCII', 'lone surrogate', 'link', 'dangling', 'missing buffer', 'too long a name'];

test('link between every two kinds of path', async (t) => {
  const folder = scratch(t);
  for (const from of ends) {
    for (const to of ends) {
      const { native, port } = await inPlace(folder, 'link', (all) => [all[from], all[to]]);
      assert.deepEqual(port, native, `link(${from}, ${to})`);
    }
  }
});

test('symlink to anything at every kind of path', async (t) => {
  const folder = scratch(t);
  const targets = ['file', '', 'é\uD800漢', Buffer.from([0xff, 0x61]), new Uint8Array([0x62]), 't'.repeat(4095), 't'.repeat(4096)];
  for (const target of targets) {
    for (const to of target === 'file' ? ends : ['missing', 'missing buffer']) {
      const { native, port } = await inPlace(folder, 'symlink', (all) => [target, all[to], 0]);
      assert.deepEqual(port, native, `symlink(${target}, ${to})`);
    }
  }
});

test('readlink on every kind of path', async (t) => {
  const folder = scratch(t);
  const server = await furnish(folder);
  t.after(() => server.close());
  fs.symlinkSync(Buffer.from([0x61, 0xff, 0xc3]), path.join(folder, 'to latin'));
  fs.symlinkSync('ünï漢😀', path.join(folder, 'to non-ASCII'));
  fs.symlinkSync('t'.repeat(4095), path.join(folder, 'to long'));
  const more = Object.fromEntries(['to latin', 'to non-ASCII', 'to long'].map((name) => [name, path.join(folder, name)]));
  for (const [kind, value] of Object.entries({ ...paths(folder), ...more, 'of procfs': '/proc/self/exe' })) {
    for (const encoding of encodings) {
      const outcomes = {};
      for (const [world, { binding }] of Object.entries(worlds)) {
        outcomes[world] = {
          sync: sync(() => binding.readlink(value, encoding)),
          callback: await callback(binding, 'readlink', [value, encoding]),
          promise: await promise(binding, 'readlink', [value, encoding]),
        };
      }
      assert.deepEqual(outcomes.port, outcomes.native, `readlink(${kind}, ${encoding})`);
    }
  }
});

test('copyFile between every two kinds of path', async (t) => {
  const folder = scratch(t);
  const sources = ['file', 'directory', 'missing', 'below a file', 'not UTF-8', 'link', 'dangling', 'buffer', 'socket', 'procfs'];
  const targets = ['file', 'directory', 'missing', 'below a file', 'missing and not UTF-8', 'link', 'dangling', 'missing buffer', 'too long a name'];
  for (const from of sources) {
    for (const to of targets) {
      for (const mode of [0, COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE | COPYFILE_EXCL, COPYFILE_FICLONE_FORCE]) {
        const { native, port } = await inPlace(folder, 'copyFile', (all) => [all[from], all[to], mode]);
        assert.deepEqual(port, native, `copyFile(${from}, ${to}, ${mode})`);
      }
    }
  }
});

test('copyFile keeps permissions and times', async (t) => {
  const folder = scratch(t);
  const { native, port } = await inPlace(folder, 'copyFile', (all) => {
    // Of an empty file: the times are set first, and writing renews them.
    fs.truncateSync(all.file);
    fs.chmodSync(all.file, 0o4751);
    fs.utimesSync(all.file, 1000.5, 2000.25);
    return [all.file, all.missing, 0];
  });
  assert.deepEqual(port, native);
  const copy = port.sync.left.find(([name]) => name === 'missing');
  assert.equal(copy.at(-2), 2_000_250, 'the test saw the time');
});

test('copyFile and its modes', async (t) => {
  const folder = scratch(t);
  for (const mode of [undefined, null, 1.5, 7, 8, -1, 2 ** 31, NaN, Infinity, '1', 1n, {}, true]) {
    const { native, port } = await inPlace(folder, 'copyFile', (all) => [all.file, all.missing, mode]);
    assert.deepEqual(port, native, `mode ${String(mode)}`);
  }
});

test('copyFile of large files, also to another file system', { skip: !fs.existsSync('/dev/shm') && 'there is no /dev/shm' }, (t) => {
  const folder = scratch(t);
  const other = fs.mkdtempSync('/dev/shm/portlab-fs-');
  t.after(() => fs.rmSync(other, { recursive: true }));
  const content = Buffer.alloc((5 << 20) + 3, 'some content that repeats itself');
  fs.writeFileSync(path.join(folder, 'from'), content);
  for (const to of [path.join(folder, 'to'), path.join(other, 'to')]) {
    worlds.port.binding.copyFile(path.join(folder, 'from'), to, 0);
    assert.ok(fs.readFileSync(to).equals(content), to);
  }
});

test('mkdtemp on every kind of prefix', async (t) => {
  const folder = scratch(t);
  const kinds = ['file', 'directory', 'directory with a slash', 'missing below missing', 'below a file', 'missing non-ASCII', 'lone surrogate', 'missing buffer', 'Uint8Array', 'not UTF-8', 'too long a name', 'too long a path'];
  // Six characters, or bytes, are random: also in the error of the asynchronous forms, which shows what was tried.
  const masked = (value) => {
    if (typeof value === 'string') return value.replace(/[A-Za-z0-9]{6}('|$)/, '?$1');
    return value?.elements ? { ...value, elements: value.elements.slice(0, -6) } : value;
  };
  const mask = ({ returned, resolved, called, threw, rejected }) => {
    const error = threw ?? rejected ?? called?.[0];
    if (error) return { message: masked(error.message), properties: error.properties.map(([key, value]) => [key, masked(value)]) };
    return masked(returned ?? resolved ?? called?.[1]);
  };
  for (const kind of kinds) {
    for (const encoding of ['utf8', 'buffer', 'latin1', undefined]) {
      const { native, port } = await inPlace(folder, 'mkdtemp', (all) => [all[kind], encoding], (_, outcome) => mask(outcome));
      for (const forms of [native, port]) {
        for (const form of Object.values(forms)) form.left = form.left.map(([name, ...rest]) => [masked(name), ...rest]).sort();
      }
      assert.deepEqual(port, native, `mkdtemp(${kind}, ${encoding})`);
    }
  }
  // The synchronous form shows what it was asked for.
  assert.throws(() => worlds.port.binding.mkdtemp('/no/x', 'utf8'), { path: '/no/xXXXXXX' });
});
