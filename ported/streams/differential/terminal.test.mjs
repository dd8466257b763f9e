// Terminals, natively and on the port: `script` (Debian: bsdutils) gives a child a pseudoterminal of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('on-terminal.mjs', import.meta.url));
const hasScript = spawnSync('script', ['--version']).status === 0;

/** What a child on a terminal tells, and what it wrote there. */
async function onTerminal(world) {
  const folder = mkdtempSync(join(tmpdir(), 'portlab-terminal-'));
  try {
    const facts = join(folder, 'facts');
    const quoted = [process.execPath, CHILD, world, facts].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', `stty rows 31 cols 97; ${quoted}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 120_000 });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      // The terminal is raw now, and the child reads: nothing is echoed, and no line must end.
      if (text.includes('ready')) child.stdin.write('q\u00fc');
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, output);
    return { ...JSON.parse(readFileSync(facts, 'utf8')), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('size, raw mode, what is typed and written, and what is no terminal', { skip: !hasScript && 'script is not installed' }, async () => {
  const native = await onTerminal('native');
  const ported = await onTerminal('ported');
  assert.ok(ported.calls > 0, 'the child did not reach the port');
  delete ported.calls;
  delete native.calls;
  assert.deepEqual(ported, native);
  assert.deepEqual([ported.columns, ported.rows], [97, 31]);
  assert.equal(ported.typed, 'q\u00fc');
  assert.equal(ported.error.code, 'ERR_TTY_INIT_FAILED');
  assert.ok(ported.output.includes('h\u00e9llo 1 2 3'));
});
