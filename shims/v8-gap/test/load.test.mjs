// Run with each pinned Node: `<node> --test "shims/v8-gap/test/*.test.mjs"`. scripts/test stages the modules first.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const stage = fileURLToPath(new URL('../../../.portlab/stage/v8-gap', import.meta.url));
const own = join(stage, `v8-gap-${process.versions.modules}.node`);

assert.ok(existsSync(own), `${own} is absent: run scripts/test, which builds and stages it`);

/**
 * Loads a module in a fresh process of this Node.
 *
 * @param {string} path of the module
 * @param {string} before JavaScript that runs first
 * @returns {{ status: number | null, signal: string | null, answer: { code: string, message: string } | string }}
 */
function load(path, before = '') {
  const script = `${before};
    let answer = 'loaded';
    try { require(${JSON.stringify(path)}); } catch (error) { answer = { code: error.code, message: error.message }; }
    console.log(JSON.stringify(answer));`;
  const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  return { status: child.status, signal: child.signal, answer: JSON.parse(child.stdout || '""') };
}

test('noop is a function that does nothing and cannot construct', () => {
  const { noop } = require(own);
  assert.equal(typeof noop, 'function');
  assert.equal(noop(), undefined);
  assert.equal(noop(1, {}, 'three'), undefined);
  assert.throws(() => new noop(), TypeError);
  // Optimized code calls it through another path.
  let calls = 0;
  for (let i = 0; i < 200_000; i++) calls += noop() === undefined ? 1 : 0;
  assert.equal(calls, 200_000);
});

test('a module of another Node major is refused with both numbers and the fix, never a crash', () => {
  const others = readdirSync(stage).filter((name) => /^v8-gap-\d+\.node$/.test(name) && join(stage, name) !== own);
  assert.ok(others.length > 0, `only one module in ${stage}: run scripts/test, which stages one for each host`);
  for (const name of others) {
    const built = /^v8-gap-(\d+)\.node$/.exec(name)[1];
    const { status, signal, answer } = load(join(stage, name));
    assert.deepEqual({ status, signal }, { status: 0, signal: null });
    assert.equal(answer.code, 'ERR_PORTLAB_V8_GAP_HOST');
    assert.match(answer.message, new RegExp(`NODE_MODULE_VERSION ${built} \\(`));
    assert.match(answer.message, new RegExp(`NODE_MODULE_VERSION ${process.versions.modules} \\(${process.version}\\)`));
    assert.match(answer.message, /scripts\/lab/);
  }
});

test('a host that only claims to be Node is refused', () => {
  const { status, answer } = load(own, "Object.defineProperty(process.versions, 'bun', { value: '1.4.5' })");
  assert.equal(status, 0);
  assert.match(answer.message, /loaded by bun 1\.4\.5/);
});

test('a host without a version is refused', () => {
  const hide = "Object.defineProperty(process, 'versions', { value: {} })";
  const { status, answer } = load(own, hide);
  assert.equal(status, 0);
  assert.match(answer.message, /NODE_MODULE_VERSION none/);
});

test('a Node built with another layout of V8 is refused', () => {
  const other = process.config.variables.v8_enable_pointer_compression ? 0 : 1;
  const config = JSON.stringify({ variables: { v8_enable_pointer_compression: other } });
  const { status, answer } = load(own, `Object.defineProperty(process, 'config', { value: ${config} })`);
  assert.equal(status, 0);
  assert.match(answer.message, new RegExp(`this Node has ${other}\\.`));
});

test('it loads in a worker and outlives it', async () => {
  const source = `require('node:worker_threads').parentPort.postMessage(require(${JSON.stringify(own)}).noop() === undefined)`;
  const worker = new Worker(source, { eval: true });
  const [answer, code] = await Promise.all([
    new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); }),
    new Promise((resolve) => { worker.once('exit', resolve); }),
  ]);
  assert.equal(answer, true);
  assert.equal(code, 0);
  assert.equal(require(own).noop(), undefined);
});
