/** Runs the driver on a job, as the runner does. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCH = dirname(dirname(fileURLToPath(import.meta.url)));
const STAGE = process.env.PORTLAB_STAGE ?? join(BENCH, '../.portlab/stage');

/** The staged probe; also an addon with portCalls() that stands in for a port. */
export const PROBE = join(STAGE, 'probe/probe.node');
if (!existsSync(PROBE)) throw new Error(`${PROBE} is not there: run \`scripts/lab build\` first`);

/** A file of bench/test/fixtures. */
export function fixture(name) {
  return join(BENCH, 'test/fixtures', name);
}

/** Arms of the host's own fs and of fresh worlds. */
export const ARMS = {
  stock: { role: 'stock', variant: 'native', source: { kind: 'stock' } },
  baseline: { role: 'baseline', variant: 'native', source: { kind: 'world', port: null } },
  twin: { role: 'twin', variant: 'native', source: { kind: 'world', port: null } },
  candidate: { role: 'candidate', variant: 'native', source: { kind: 'world', port: null } },
};

/**
 * @param {object} changes to a small job of two native worlds
 * @param {{ kill?: (child: import('node:child_process').ChildProcess, message: object) => void }} [options]
 * @returns {Promise<{ code: number | null, messages: object[], stderr: string, scratch: string }>}
 */
export async function run(changes, { onMessage } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'portlab-test-'));
  const job = {
    schema_version: 1, benchmark: 'fs/test', level: 'binding', kind: 'sync', workload: fixture('exists.mjs'),
    params: {}, expect: true, concurrency: 1, latency: false, arms: [ARMS.baseline, ARMS.candidate],
    rounds: 3, slice_ns: 200_000, seed: 1, probe: PROBE, scratch,
    world: { builtin: 'fs', bindings: ['fs'], fresh: ['fs'] }, ...changes,
  };
  const child = spawn(process.execPath, [join(BENCH, 'driver.mjs')], { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(job));
  let text = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => { stderr += chunk; });
  child.stdio[3].on('data', (chunk) => {
    text += chunk;
    onMessage?.(child, text);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  rmSync(scratch, { recursive: true, force: true });
  const messages = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return { code, messages, stderr };
}

/** The messages of one type. */
export function ofType(messages, type) {
  return messages.filter((message) => message.type === type);
}
