// The long proofs in seconds, on the port and natively.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const soak = fileURLToPath(new URL('./soak.mjs', import.meta.url));
const run = (...args) => spawnSync(process.execPath, ['--expose-gc', '--no-warnings', soak, ...args], { encoding: 'utf8', timeout: 120_000 });

for (const [where, ...args] of [['on the port'], ['natively', '--native']]) {
  test(`every proof holds in its short form, ${where}`, () => {
    const { status, stdout, stderr } = run('--smoke', ...args);
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(stdout.trim().split('\n').map((line) => line.split(':')[0]), ['hold', 'churn', 'slow', 'faults', 'workers']);
  });
}

test('a proof that is not there is said before anything runs', () => {
  const { status, stderr } = run('hodl');
  assert.equal(status, 2);
  assert.match(stderr, /no proof hodl: there are hold, churn/);
});
