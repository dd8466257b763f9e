// The steps of cpSync that the binding has, on every pair of a few names.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { major, scratch, sync, worlds } from './world.mjs';

const NAMES = ['f', 'g', 'dir', 'dir/', 'l', 'l/', 'lf', 'missing', 'missing/below', 'f/below', 'dir/sub', 'dir/new', 'l/new', './dir', 'new/er/x', '/dev/null', 'full', 'é'];

function build() {
  for (const name of fs.readdirSync('.')) fs.rmSync(name, { recursive: true });
  for (const folder of ['dir/sub', 'full/x']) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync('f', 'x', { mode: 0o640 });
  fs.writeFileSync('g', 'y');
  fs.symlinkSync('dir', 'l');
  fs.symlinkSync('f', 'lf');
}

/** What a step says, and what it leaves. */
function outcome(call) {
  build();
  const said = sync(call);
  const left = fs.readdirSync('.', { recursive: true }).sort().map((name) => {
    const stat = fs.lstatSync(name);
    return [name, stat.mode, stat.isFile() && fs.readFileSync(name, 'latin1')];
  });
  return { said, left };
}

test('checks and replacements', (t) => {
  const cwd = process.cwd();
  process.chdir(scratch(t));
  t.after(() => process.chdir(cwd));
  for (const from of NAMES) {
    for (const to of NAMES) {
      // Node's process ends there, with an exception of std::filesystem.
      if (from === '/dev/null' && to === '/dev/null') continue;
      const calls = [[true, true], [false, true], [false, false]].map((flags) => ['cpSyncCheckPaths', from, to, ...flags]);
      if (to !== '/dev/null') calls.push(...[[0, false], [0, true], [2, true], [1, false]].map((flags) => ['cpSyncOverrideFile', from, to, ...flags]));
      for (const [name, ...args] of calls) {
        const [native, port] = [worlds.native, worlds.port].map(({ binding }) => outcome(() => binding[name](...args)));
        assert.deepEqual(port, native, `${name} ${args}`);
      }
    }
  }
});

/** What can be at a name; a link's text is made from the name of the other side. */
const KINDS = {
  nothing: () => {},
  file: (at) => fs.writeFileSync(at, `content of ${at}`, { mode: 0o640 }),
  'suid file': (at) => { fs.writeFileSync(at, at); fs.chmodSync(at, 0o4751); },
  folder: (at) => { fs.mkdirSync(`${at}/inner`, { recursive: true }); fs.writeFileSync(`${at}/inner/file`, at); fs.chmodSync(at, 0o750); },
  'link to a file': (at) => fs.symlinkSync('../file', at),
  'link to a folder': (at) => fs.symlinkSync('../folder', at),
  'link from the current directory': (at) => fs.symlinkSync('folder', at),
  'link below that': (at) => fs.symlinkSync('folder/sub', at),
  'absolute link': (at) => fs.symlinkSync(`${process.cwd()}/folder`, at),
  'absolute link below that': (at) => fs.symlinkSync(`${process.cwd()}/folder/sub`, at),
  'link with dots and a slash': (at) => fs.symlinkSync('./missing/../gone/./x/', at),
  'link to nowhere': (at) => fs.symlinkSync('../file/no/../such/..', at),
  'link through a link': (at) => fs.symlinkSync('../to-folder/sub/../sub', at),
  pipe: (at) => execFileSync('mkfifo', [at]),
};

function buildTrees(from, to) {
  for (const name of fs.readdirSync('.')) fs.rmSync(name, { recursive: true });
  for (const folder of ['folder/sub', 's', 't']) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync('file', 'x');
  fs.writeFileSync('folder/sub/file', 'y', { mode: 0o600 });
  fs.symlinkSync('folder', 'to-folder');
  KINDS[from]('s/é');
  KINDS[to]('t/é');
  fs.chmodSync('s', 0o711);
  for (const name of fs.readdirSync('s', { recursive: true })) fs.lutimesSync(`s/${name}`, 4e9 + 0.5, 3e9 + 0.25);
  fs.utimesSync('s', 4e9, 3e9);
}

/** Everything there is, with times as far as they are those of the sources, which are in the future: reading changes none. */
function everything() {
  return fs.readdirSync('.', { recursive: true }).sort().map((name) => {
    const stat = fs.lstatSync(name);
    const text = stat.isSymbolicLink() ? fs.readlinkSync(name) : stat.isFile() && fs.readFileSync(name, 'latin1');
    return [name, stat.mode, text, stat.mtimeMs > 2e12 && [stat.mtimeMs, stat.atimeMs]];
  });
}

/**
 * Whether Node 24's process ends, with an exception of std::filesystem: where a directory is to be made and cannot.
 */
const ends = (from, to) => major === 24 && from === 'folder' && !['nothing', 'folder'].includes(to) && !leadsToFolder(to);
const leadsToFolder = (kind) => ['link to a folder', 'absolute link', 'absolute link below that', 'link through a link'].includes(kind);

/** Whether a folder is copied into itself, over and over until its names are too long: cpSync's checks do not see it. */
const isEndless = (from, to, [, dereference]) =>
  major > 24 && dereference && ['link to a folder', 'absolute link'].includes(from) && ['absolute link below that', 'link through a link'].includes(to);

/** All combinations of force, dereference, errorOnExist, verbatimSymlinks and preserveTimestamps. */
const FLAGS = Array.from({ length: 32 }, (_, bits) => [1, 2, 4, 8, 16].map((bit) => (bits & bit) !== 0));

function mergesAlike(prepare, from, to, flags, what) {
  const [native, port] = [worlds.native, worlds.port].map(({ binding }) => {
    prepare();
    return { said: sync(() => binding.cpSyncCopyDir(from, to, ...flags)), left: everything() };
  });
  assert.deepEqual(port, native, `${what} ${flags}`);
}

test('directories merged: whatever meets whatever, with all options', (t) => {
  const cwd = process.cwd();
  process.chdir(scratch(t));
  t.after(() => process.chdir(cwd));
  for (const from of Object.keys(KINDS)) {
    for (const to of Object.keys(KINDS)) {
      if (ends(from, to)) continue;
      for (const flags of FLAGS.filter((flags) => !isEndless(from, to, flags))) mergesAlike(() => buildTrees(from, to), 's', 't', flags, `${from} to ${to}`);
    }
  }
});

test('directories merged: where to and where from', (t) => {
  const cwd = process.cwd();
  process.chdir(scratch(t));
  t.after(() => process.chdir(cwd));
  const prepare = () => buildTrees('file', 'nothing');
  for (const from of ['s', 's/', './s', 'to-folder', 'to-folder/', path.resolve('s'), 'file', 'missing']) {
    // Node 24's process ends where there is no directory to be read.
    if (major === 24 && ['file', 'missing'].includes(from)) continue;
    for (const to of ['t', 't/', 'new', 'new/', 'new/er/still', 'new/../other', './new/.', 't/../t/x', 'to-folder', 'to-folder/new', 'file', 'file/', 'file/below', path.resolve('new')]) {
      // A folder in itself, as above.
      if (from.startsWith('to-folder') && to === 'to-folder/new') continue;
      for (const flags of FLAGS) mergesAlike(prepare, from, to, flags, `${from} to ${to}`);
    }
  }
});

test('directories merged: the same file twice is no copy', (t) => {
  const cwd = process.cwd();
  process.chdir(scratch(t));
  t.after(() => process.chdir(cwd));
  const prepare = () => { buildTrees('file', 'nothing'); fs.linkSync('s/é', 't/é'); };
  for (const flags of FLAGS) mergesAlike(prepare, 's', 't', flags, 'hard link');
});
