// The same .node file on Bun and Deno, and on Node by both ways of waking its thread: loads, and stats a file at once and
// by way of the pool. Node's lib is not there on the other hosts, so the addon is driven directly.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readPort, scratch } from './world.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const packages = path.join(root, '.portlab/packages/node_modules');
const { addon } = readPort();

/** `wake` is what the host hides or shows of libuv: without a handle a threadsafe function wakes the thread. */
const hosts = {
  'Node, by a libuv handle': { program: process.execPath, args: [] },
  'Node, by a threadsafe function': { program: process.execPath, args: [], prologue: "Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1' } });" },
  Bun: { program: path.join(packages, '@oven/bun-linux-x64/bin/bun'), args: [] },
  Deno: { program: path.join(packages, '@deno/linux-x64-glibc/deno'), args: ['run', '--allow-all', '--no-lock'] },
};

/** Prints what the addon says of the file, synchronously and later. */
const script = (prologue) => `${prologue ?? ''}
const { Batch } = require(${JSON.stringify(path.join(root, 'shims/node-api/completions.js'))});
const addon = require(${JSON.stringify(addon)});
const SLOT = 3;
const [file, missing] = process.argv.slice(-2);
const numbers = new Float64Array(6), stats = new Float64Array(36), bigStats = new BigInt64Array(36);
const say = (what, array, at = 0) => console.log(what, array[at + 1], array[at + 8]);
const pending = new Map();
const batch = new Batch((slot, error, value) => pending.get(slot)(error, value));
addon.connect(batch.drain, batch.entries, batch.words, numbers, stats, bigStats, new Float64Array(8), new BigInt64Array(8));
addon.stat(file);
say('at once', stats);
addon.stat(missing);
console.log('missing', numbers[5]);
numbers[5] = 0;
function later(slot, path, done) {
  pending.set(slot, done);
  numbers[0] = slot;
  numbers[1] = 0;
  addon.statAsync(path);
}
later(SLOT, file, (error, at) => {
  say('later', batch.words, at);
  later(SLOT + 1, missing, (error) => {
    console.log('rejected', error.code, error.syscall);
    // From a folder that nothing has in memory: a trip to the pool.
    pending.set(0, () => { console.log('listed'); });
    numbers[0] = 0;
    numbers[1] = 1;
    numbers[2] = 0;
    addon.readdirAsync(require('node:path').dirname(file));
  });
});
`;

for (const [name, { program, args, prologue }] of Object.entries(hosts)) {
  test(name, async (t) => {
    assert.ok(fs.existsSync(program), `${program} is not there: run scripts/packages/install, as scripts/test does`);
    const folder = scratch(t);
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, 'twelve bytes');
    const main = path.join(folder, 'main.cjs');
    fs.writeFileSync(main, script(prologue));
    const { mode } = fs.statSync(file);
    const { stdout } = await run(program, [...args, main, file, `${file}-missing`], { timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' } });
    assert.equal(stdout, `at once ${mode} 12\nmissing -2\nlater ${mode} 12\nrejected ENOENT stat\nlisted\n`);
  });
}
