// Runs the tests of fused pipelines: see test() in fused-worlds.mjs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** In units of ulimit: 512 bytes. */
const FILE_BLOCKS = 200;

const run = (name, command, ...values) =>
  test(name, async (t) => {
    const path = fileURLToPath(new URL(`./${name}`, import.meta.url));
    const options = { timeout: 240_000, maxBuffer: 1 << 24, env: { ...process.env, PORTLAB_FILE_LIMIT: `${512 * FILE_BLOCKS}` } };
    const { stdout, stderr } = await promisify(execFile)(command, [...values, path], options);
    assert.equal(stderr, '');
    const results = stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(results.length > 1);
    for (const { name: part, failure } of results) await t.test(part, () => failure === undefined || assert.fail(failure));
  });

for (const name of ['fused-files.mjs', 'fused-sockets.mjs']) await run(name, process.execPath);
await run('fused-limits.mjs', 'sh', '-c', `ulimit -f ${FILE_BLOCKS}; exec "$@"`, 'sh', process.execPath);
