// Grows by nothing: node --expose-gc leaks.mjs COUNT prints, for each kind of operation, what COUNT of them on the port left
// of descriptors and of resident memory; exit code 1 where either is more than the allowance.
//
// A million of each (scripts/nightly) left 0 descriptors in all fifteen kinds. Of memory they left on Node 26 less than 1 MiB
// in eleven and at most 9.9 (opendir); on Node 24 at most 5.4, but 23.9 after readFile with a promise, 25 bytes an operation.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { worlds } from './world.mjs';

const count = Number(process.argv[2] ?? 20_000);
/** Pages that the allocators keep for other reasons come to some mebibytes, however many operations there were. */
const ALLOWANCE = 24 << 20;
const { module, binding } = worlds.port;
const folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'portlab-leaks-'));
const file = path.join(folder, 'file');
fs.writeFileSync(file, 'é漢'.repeat(300));
const buffer = Buffer.alloc(256);
const quietly = (call) => { try { call(); } catch { /* Failing is the operation. */ } };
const called = (start) => new Promise((resolve) => start(resolve));

const kinds = {
  stat: () => module.statSync(file),
  'stat that fails': () => quietly(() => module.statSync(`${file}-missing`)),
  'open, read, close': () => {
    const fd = module.openSync(file);
    module.readSync(fd, buffer);
    module.closeSync(fd);
  },
  'readFile as text': () => module.readFileSync(file, 'utf8'),
  writeFile: () => module.writeFileSync(`${file}-2`, 'some text'),
  'readdir with types': () => module.readdirSync(folder, { withFileTypes: true }),
  opendir: () => module.opendirSync(folder).closeSync(),
  'stat with a callback': () => called((done) => module.stat(file, done)),
  'readlink that fails with a callback': () => called((done) => module.readlink(file, done)),
  'stat with a promise': () => module.promises.stat(file),
  'stat with a promise that fails': () => module.promises.stat(`${file}-missing`).catch(() => {}),
  'readFile with a promise': () => module.promises.readFile(file, 'utf8'),
  'readdir with a promise': () => module.promises.readdir(folder),
  'a FileHandle': async () => (await module.promises.open(file)).close(),
  'writev with a callback': () => called((done) => binding.writeBuffers(1_000_000, [buffer, buffer], null, Object.assign(new binding.FSReqCallback(), { oncomplete: done }))),
};

const descriptors = () => fs.readdirSync('/proc/self/fd').length;
async function settle() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
async function repeat(operation, times) {
  const AT_ONCE = 64;
  for (let left = times; left > 0; left -= AT_ONCE) {
    const answers = Array.from({ length: Math.min(left, AT_ONCE) }, operation);
    if (answers[0] instanceof Promise) await Promise.all(answers);
    // What the collector has found is told in turns of the event loop.
    else if (left % 1024 < AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
  }
}

let isFine = true;
for (const [kind, operation] of Object.entries(kinds)) {
  // Heaps grow to what the operation needs at a time, and stay so.
  await repeat(operation, Math.min(count, 50_000));
  await settle();
  let memory, open;
  // Heaps grow by steps and then stay; a leak grows each time.
  for (let attempt = 0; attempt < 4; attempt++) {
    const before = { memory: process.memoryUsage.rss(), open: descriptors() };
    await repeat(operation, count);
    await settle();
    memory = process.memoryUsage.rss() - before.memory;
    open = descriptors() - before.open;
    if (open !== 0 || memory < ALLOWANCE) break;
  }
  isFine &&= open === 0 && memory < ALLOWANCE;
  console.log(`${kind}: ${count} operations, ${open} descriptors, ${(memory / 2 ** 20).toFixed(1)} MiB`);
}
fs.rmSync(folder, { recursive: true });
process.exitCode = isFine ? 0 : 1;
