// The short form of leaks.mjs; scripts/nightly runs a million operations a kind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { portPath } from './world.mjs';

test('operations leave neither descriptors nor memory', async (t) => {
  const script = fileURLToPath(new URL('./leaks.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-warnings', script, '20000'], {
    env: { ...process.env, PORTLAB_PORT_FS: portPath },
  }).catch((error) => assert.fail(`${error.stdout}${error.stderr}`));
  for (const line of stdout.trim().split('\n')) t.diagnostic(line);
});
