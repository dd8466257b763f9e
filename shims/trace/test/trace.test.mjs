// Run with each pinned Node: `<node> --test "shims/trace/test/*.test.mjs"`. scripts/test builds the modules first.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const addon = process.env.TRACE_ADDON;
const counted = process.env.NODE_API_FIXTURE_COUNTED;
assert.ok(addon && counted, 'TRACE_ADDON and NODE_API_FIXTURE_COUNTED name no .node files: run scripts/test');
const preload = fileURLToPath(new URL('../preload.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'trace test-'));
after(() => rmSync(folder, { recursive: true }));

/** Compiles addon.c with linker flags. */
function compile(name, ...flags) {
  const path = join(folder, `${name}.node`);
  const headers = join(dirname(process.execPath), '../include/node');
  const source = fileURLToPath(new URL('addon.c', import.meta.url));
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-I', headers, source, '-o', path, ...flags]);
  return path;
}

/** Runs a script under the trace in a process of its own. */
function run(script, environment = {}) {
  const { NODE_TEST_CONTEXT, ...inherited } = process.env;
  const env = { ...inherited, PORTLAB_TRACE_ADDON: addon, NODE_OPTIONS: `--require "${preload}"`, ...environment };
  const prologue = `const trace = require(${JSON.stringify(addon)});
    const of = (module) => Object.fromEntries(trace.counts().filter((row) => row[0] === module).map((row) => row.slice(1)));`;
  const child = spawnSync(process.execPath, ['--eval', prologue + script], { env, encoding: 'utf8', timeout: 60_000 });
  return { status: child.status, signal: child.signal, stdout: child.stdout, stderr: child.stderr };
}

function answer(script, environment) {
  const { status, stdout, stderr } = run(script, environment);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('it counts what the counting build of shims/node-api counts', () => {
  const [traced, crossings] = answer(`
    const counted = require(${JSON.stringify(counted)});
    for (let i = 0; i < 1000; i++) { counted.pathLength('/tmp'); counted.string(Buffer.from('abc'), 'utf8'); counted.int32(i); }
    try { counted.throwCoded('code'); } catch {}
    // Its own result is one more call, after it has counted.
    const crossings = counted.crossings() + 1;
    const traced = Object.values(of(${JSON.stringify(counted)})).reduce((sum, calls) => sum + calls, 0);
    console.log(JSON.stringify([traced, crossings]));`);
  assert.ok(crossings > 6000);
  assert.equal(traced, crossings);
});

const kinds = {
  'bound at the first call': ['-Wl,-z,lazy', '-Wl,-z,norelro'],
  'bound at once, in memory that is read-only afterwards': ['-Wl,-z,now', '-Wl,-z,relro'],
  'called without a PLT': ['-fno-plt', '-Wl,-z,now', '-Wl,-z,relro'],
  stripped: ['-s'],
};
for (const [kind, flags] of Object.entries(kinds)) {
  test(`a module ${kind} is counted from its first call on`, () => {
    const path = compile(`addon ${Object.keys(kinds).indexOf(kind)}`, ...flags);
    const counts = answer(`const m = require(${JSON.stringify(path)});
      let sum = 0;
      for (let i = 0; i < 5; i++) sum += m.twice(i);
      if (sum !== 20 || m.table() !== 42) throw new Error('the module answers wrongly');
      console.log(JSON.stringify(of(${JSON.stringify(path)})));`);
    assert.deepEqual(counts, {
      napi_create_double: 6, napi_create_function: 2, napi_get_cb_info: 5, napi_get_value_double: 5,
      napi_set_named_property: 2,
    });
  });
}

test('a module that looks Node-API up by name is counted too, and finds everything else', () => {
  const path = compile('by name', '-DBY_NAME', '-ldl');
  const counts = answer(`const m = require(${JSON.stringify(path)});
    if (m.twice(4) !== 8 || m.table() !== 42) throw new Error('the module answers wrongly');
    console.log(JSON.stringify(of(${JSON.stringify(path)})));`);
  assert.equal(counts.napi_create_double, 2);
});

test('workers count into the same, and a module that comes again counts on', () => {
  const path = compile('worker');
  const counts = answer(`
    const { Worker } = require('node:worker_threads');
    const source = 'require(' + JSON.stringify(${JSON.stringify(path)}) + ').twice(1)';
    const once = () => new Promise((resolve) => new Worker(source, { eval: true }).once('exit', resolve));
    (async () => {
      // One after the other: Node unloads the module with each worker.
      for (let i = 0; i < 3; i++) await once();
      require(${JSON.stringify(path)}).twice(1);
      console.log(JSON.stringify(of(${JSON.stringify(path)})));
    })();`);
  assert.equal(counts.napi_get_value_double, 4);
});

test('each process leaves its counts in the folder, however it ends', () => {
  const path = compile('killed');
  const records = mkdtempSync(join(folder, 'records-'));
  const { signal } = run(`
    const script = 'require(' + JSON.stringify(${JSON.stringify(path)}) + ').twice(1)';
    require('node:child_process').execFileSync(process.execPath, ['--eval', script]);
    require(${JSON.stringify(path)}).twice(2);
    process.kill(process.pid, 'SIGKILL');`, { PORTLAB_TRACE_DIR: records });
  assert.equal(signal, 'SIGKILL');
  const files = readdirSync(records);
  assert.equal(files.length, 2);
  for (const file of files) {
    const bytes = readFileSync(join(records, file));
    const [magic, length, , module, ...names] = bytes.toString('latin1').split('\0');
    assert.deepEqual([magic, module], ['portlab-trace-1', path]);
    assert.equal(bytes.readBigUInt64LE(Number(length) + 8 * names.indexOf('napi_get_value_double')), 1n);
  }
});

test('what cannot be counted runs on as it is, with a reason', () => {
  const path = compile('uncounted');
  const use = `console.log(require(${JSON.stringify(path)}).twice(4))`;
  const { NODE_TEST_CONTEXT, ...inherited } = process.env;
  const env = { ...inherited, NODE_OPTIONS: `--require "${preload}"`, PORTLAB_TRACE_ADDON: join(folder, 'absent.node') };
  const child = spawnSync(process.execPath, ['--eval', use], { env, encoding: 'utf8' });
  assert.deepEqual([child.status, child.stdout], [0, '8\n']);
  assert.match(child.stderr, /^portlab trace: the calls of process \d+ are not counted: Cannot find module/);
  // No place for the record.
  const { status, stdout, stderr } = run(use, { PORTLAB_TRACE_DIR: join(folder, 'absent') });
  assert.deepEqual([status, stdout], [0, '8\n']);
  assert.match(stderr, /uncounted\.node is not counted: No such file or directory/);
});

test("a module that the loader refuses fails with the loader's own error", () => {
  const whole = readFileSync(compile('whole'));
  const damaged = {
    cut: whole.subarray(0, 100),
    text: Buffer.from('#!/bin/sh\n'),
    // e_machine: AArch64.
    aarch64: Buffer.from(whole).fill(183, 18, 19),
  };
  for (const [name, bytes] of Object.entries(damaged)) {
    const path = join(folder, `damaged-${name}.node`);
    writeFileSync(path, bytes);
    const script = `try { require(${JSON.stringify(path)}); } catch (error) { console.log(JSON.stringify([error.code, error.message])); }`;
    const native = spawnSync(process.execPath, ['--eval', script], { encoding: 'utf8' });
    const { status, stdout, stderr } = run(script);
    assert.deepEqual([status, stdout, stderr], [0, native.stdout, ''], name);
    assert.match(stdout, /ERR_DLOPEN_FAILED/);
  }
});
