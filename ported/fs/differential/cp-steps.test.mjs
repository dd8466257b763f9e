// The steps of cpSync that the binding has, on every pair of a few names.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { scratch, sync, worlds } from './world.mjs';

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
