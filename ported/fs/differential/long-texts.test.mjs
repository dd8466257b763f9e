// Long texts, whose memory is lent to strings and used again: they keep their content for as long as somebody has them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { scratch, worlds } from './world.mjs';

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

/** Texts of every form in which an engine stores them, each different from the others. */
function texts() {
  const long = (part, at) => `${at} ${part.repeat(Math.ceil(600_000 / part.length))} ${at}`;
  return ['ascii text, ', 'café ', '漢字 and ', 'x', '😀'].flatMap((part, i) => [0, 1, 2].map((j) => long(part, 10 * i + j)));
}

function written(t) {
  const folder = scratch(t);
  return texts().map((text, i) => {
    const file = path.join(folder, String(i));
    fs.writeFileSync(file, text);
    return { file, text };
  });
}

test('texts that are kept stay as they are while others are read', (t) => {
  const files = written(t);
  const kept = [0, 1, 2].flatMap(() => files.map(({ file }) => worlds.port.module.readFileSync(file, 'utf8')));
  gc();
  for (let i = 0; i < 60; i++) worlds.port.module.readFileSync(files[i % files.length].file, 'utf8');
  gc({ type: 'minor' });
  kept.forEach((text, i) => assert.ok(text === files[i % files.length].text, `text ${i} has changed`));
});

test('memory that comes back is used for other texts', (t) => {
  const files = written(t);
  for (let round = 0; round < 30; round++) {
    for (const { file, text } of files) assert.ok(worlds.port.module.readFileSync(file, 'utf8') === text);
    if (round % 3 === 0) gc();
  }
});

test('a worker that alone has loaded the port ends with long texts that nobody has collected', (t) => {
  const [{ file, text }] = written(t);
  const worker = `
    import { parentPort } from 'node:worker_threads';
    import { worlds } from ${JSON.stringify(new URL('./world.mjs', import.meta.url).href)};
    const kept = [0, 1, 2, 3].map(() => worlds.port.module.readFileSync(${JSON.stringify(file)}, 'utf8'));
    parentPort.postMessage(kept.map((text) => text.length));`;
  const program = `
    const { Worker } = require('node:worker_threads');
    new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)})))
      .on('message', (lengths) => console.log(lengths.join(' ')))
      .on('exit', (code) => console.log('ended', code));`;
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, ['--eval', program], { encoding: 'utf8', timeout: 30_000 });
  const expected = { stdout: `${Array(4).fill(text.length).join(' ')}\nended 0\n`, stderr: '', status: 0, signal: null };
  assert.deepEqual({ stdout, stderr, status, signal }, expected);
});
