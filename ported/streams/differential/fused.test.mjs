// Runs the tests of fused pipelines: see test() in fused-worlds.mjs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

for (const name of ['fused-files.mjs', 'fused-sockets.mjs']) {
  await test(name, async (t) => {
    const path = fileURLToPath(new URL(`./${name}`, import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], { timeout: 240_000, maxBuffer: 1 << 24 });
    assert.equal(stderr, '');
    const results = stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(results.length > 3);
    for (const { name: part, failure } of results) await t.test(part, () => failure === undefined || assert.fail(failure));
  });
}
