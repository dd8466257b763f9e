// Runs Node's own test files natively and with ports swapped in, and says what the ports break.
//
//   node scripts/conformance.mjs --node BIN --tests TREE [--port PORT_JSON …] [--pattern '^test-fs-']
//     [--suite parallel] [--json FILE] [--slots 2] [--timeout 120] [--node-option FLAG …] [--skip NAME=REASON …]
//     [--cache DIR] [--fresh]
//
// TREE holds Node's `test` folder. Only files that pass natively count. A file without a port call runs once more on
// counted native functions: it is `unreached` when it calls none that is ported, and `missed` (a failure) when it does.
// Without --port only the native results are taken. They are cached in DIR (.portlab/conformance) by host, tree, suite
// and options; --fresh runs them anew. Data on standard output, progress on standard error. Exit: 0 nothing regressed or
// was missed, 1 something was, 2 usage.
import { createHash } from 'node:crypto';
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const PRELOAD = path.join(ROOT, 'shims/internal-binding/install.js');
const OUTPUT_LIMIT = 20_000;

// What a run has under Node's own JavaScript; in the control it is the native functions, counted like the port's.
const NATIVE = 'native';
const PORTED = 'ported';
const CONTROL = 'control';

const options = readOptions();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'portlab-conformance-'));
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of running) killGroup(child);
    fs.rmSync(scratch, { recursive: true, force: true });
    process.exit(130);
  });
}
process.exitCode = await main();

async function main() {
  const folder = path.join(options.tests, 'test', options.suite);
  const files = fs.readdirSync(folder).filter((name) => /^test-.*\.m?js$/.test(name) && options.pattern.test(name)).sort();
  if (files.length === 0) fail(`no test file in ${folder} matches ${options.pattern}`);
  const native = await nativeResults(folder, files);
  const passing = files.filter((name) => native[name].status === 'pass');
  if (options.ports.length === 0) {
    fs.rmSync(scratch, { recursive: true, force: true });
    const others = files.filter((name) => native[name].status !== 'pass').map((name) => `${name}: ${native[name].status}`);
    console.log([...others, `${options.version} ${options.suite}: ${passing.length} of ${files.length} pass natively`].join('\n'));
    return 0;
  }
  const skipped = passing.filter((name) => options.skips.has(name));
  const portedFiles = passing.filter((name) => !options.skips.has(name));
  const baseline = await commonCalls(folder, PORTED);
  const ported = await runAll(folder, portedFiles, PORTED, 'ported');
  // A file without a port call either calls no ported function at all, or the swap does not reach it.
  const silent = portedFiles.filter((name) => ported[name].status === 'pass' && callsBeyond(baseline, ported[name]).length === 0);
  const controlBaseline = silent.length > 0 ? await commonCalls(folder, CONTROL) : {};
  const control = await runAll(folder, silent, CONTROL, 'control');
  const report = { node: options.version, suite: options.suite, pattern: options.pattern.source, ports: options.ports };
  report.files = Object.fromEntries(
    files.map((name) => {
      const missed = control[name] ? callsBeyond(controlBaseline, control[name]) : [];
      return [name, judge(native[name], ported[name], options.skips.get(name), baseline, missed)];
    }),
  );
  report.summary = summarize(report.files);
  fs.rmSync(scratch, { recursive: true, force: true });
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  console.log(wording(report, skipped));
  return report.summary.regressed + report.summary.missed > 0 ? 1 : 0;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string' },
      tests: { type: 'string' },
      port: { type: 'string', multiple: true, default: [] },
      pattern: { type: 'string', default: '.' },
      suite: { type: 'string', default: 'parallel' },
      json: { type: 'string' },
      slots: { type: 'string', default: '2' },
      timeout: { type: 'string', default: '120' },
      'node-option': { type: 'string', multiple: true, default: [] },
      skip: { type: 'string', multiple: true, default: [] },
      cache: { type: 'string', default: path.join(ROOT, '.portlab/conformance') },
      fresh: { type: 'boolean', default: false },
    },
  });
  for (const name of ['node', 'tests']) if (!values[name]) fail(`--${name} is missing`);
  const ports = values.port.map((port) => path.resolve(port));
  for (const port of ports) if (!fs.existsSync(port)) fail(`no such port: ${port}. Build the ports with \`scripts/lab build\``);
  const skips = new Map(values.skip.map((skip) => skip.match(/^([^=]+)=(.+)$/s)?.slice(1) ?? fail('--skip wants NAME=REASON')));
  return {
    ports,
    skips,
    node: path.resolve(values.node),
    version: execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim(),
    tests: path.resolve(values.tests),
    pattern: new RegExp(values.pattern),
    suite: values.suite,
    json: values.json,
    slots: Number(values.slots),
    timeoutMs: Number(values.timeout) * 1000,
    nodeOptions: values['node-option'],
    cache: values.cache,
    fresh: values.fresh,
  };
}

function fail(message) {
  console.error(`conformance: ${message}`);
  process.exit(2);
}

/** Native results, from the cache where this binary ran this tree before. */
async function nativeResults(folder, files) {
  const key = createHash('sha256').update(JSON.stringify([options.node, options.version, folder, options.nodeOptions])).digest('hex').slice(0, 16);
  const cache = path.join(options.cache, `${key}.json`);
  const known = !options.fresh && fs.existsSync(cache) ? JSON.parse(fs.readFileSync(cache, 'utf8')) : {};
  const results = await runAll(folder, files.filter((name) => known[name] === undefined), NATIVE, 'native');
  fs.mkdirSync(path.dirname(cache), { recursive: true });
  fs.writeFileSync(cache, JSON.stringify({ ...known, ...results }));
  return { ...known, ...results };
}

/** What Node's common test module alone calls, so that it does not pass for a test that reached the port. */
async function commonCalls(folder, variant) {
  const common = path.join(options.tests, 'test/common/index.js');
  const file = path.join(scratch, 'empty.js');
  fs.writeFileSync(file, `require(${JSON.stringify(common)});\n`);
  const result = await runFile(file, folder, variant, 0);
  if (result.status !== 'pass') fail(`a test that does nothing fails with the port installed:\n${result.output}`);
  return result.calls;
}

function runAll(folder, names, variant, label) {
  const results = {};
  const queue = [...names];
  const started = Date.now();
  const bySlot = Array.from({ length: options.slots }, async (_, slot) => {
    for (let name; (name = queue.shift()) !== undefined; ) {
      results[name] = await runFile(path.join(folder, name), folder, variant, slot);
      const done = Object.keys(results).length;
      if (done % 20 === 0 || queue.length === 0) {
        process.stderr.write(`${label}: ${done}/${names.length} files, ${Math.round((Date.now() - started) / 1000)} s\n`);
      }
    }
  });
  return Promise.all(bySlot).then(() => results);
}

/** Runs one file as Node's own tools/test.py does. */
async function runFile(file, folder, variant, slot) {
  const source = fs.readFileSync(file, 'utf8');
  const callsFile = path.join(scratch, `calls-${slot}`);
  fs.rmSync(callsFile, { force: true });
  const nodeOptions = [...options.nodeOptions];
  const env = { ...process.env, ...directive(source, 'Env').reduce(intoEnv, {}) };
  env.NODE_TEST_DIR = scratch;
  env.TEST_PARALLEL = '1';
  env.TEST_SERIAL_ID = env.TEST_THREAD_ID = String(slot);
  if (variant !== NATIVE) {
    nodeOptions.push(`--require=${PRELOAD}`);
    Object.assign(env, { PORTLAB_PORT: options.ports.join(':'), PORTLAB_CALLS: callsFile, PORTLAB_NATIVE: variant === CONTROL ? '1' : '0' });
  }
  delete env.NODE_OPTIONS;
  if (nodeOptions.length > 0) env.NODE_OPTIONS = nodeOptions.join(' ');
  const args = directive(source, 'Flags');
  if (/(['"`])node:test\1/.test(source)) args.push('--test-reporter=./test/common/test-error-reporter.js', '--test-reporter-destination=stdout');
  // A group of its own: tests leave children behind.
  const child = spawn(options.node, [...args, file], { cwd: options.tests, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  let output = '';
  const collect = (chunk) => (output = (output + chunk).slice(-OUTPUT_LIMIT));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, options.timeoutMs);
  const closed = new Promise((resolve) => child.on('close', resolve));
  const [code, signal] = await new Promise((resolve) => child.on('exit', (...end) => resolve(end)));
  clearTimeout(timer);
  // The output ends with the process, unless grandchildren hold the pipes open.
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 200))]);
  killGroup(child);
  running.delete(child);
  const status = code === 0 ? (/^1\.\.0 # Skipped/m.test(output) ? 'skip' : 'pass') : timedOut ? 'timeout' : signal ? 'crash' : 'fail';
  return { status, code, signal, calls: readCalls(callsFile), output: status === 'pass' ? '' : output };
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
  child.stdout.destroy();
  child.stderr.destroy();
}

/** The words after `// Flags:` or `// Env:`. */
function directive(source, name) {
  const line = source.match(new RegExp(`^//\\s+${name}:(.*)$`, 'm'));
  return line ? line[1].trim().split(/\s+/) : [];
}

function intoEnv(env, pair) {
  const [name, ...value] = pair.split('=');
  return { ...env, [name]: value.join('=') };
}

/** Calls by function, over all processes and threads of a test. */
function readCalls(file) {
  const calls = {};
  if (!fs.existsSync(file)) return calls;
  for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [, module, , ...json] = line.split(' ');
    for (const [name, count] of Object.entries(JSON.parse(json.join(' ')))) {
      calls[`${module}.${name}`] = (calls[`${module}.${name}`] ?? 0) + count;
    }
  }
  return calls;
}

/** The functions that were called more often than the common module calls them, and how often. */
function callsBeyond(baseline, { calls }) {
  return Object.entries(calls)
    .map(([name, count]) => [name, count - (baseline[name] ?? 0)])
    .filter(([, count]) => count > 0);
}

function judge(native, ported, skip, baseline, missed) {
  if (native.status !== 'pass') return { verdict: 'not native', native: native.status };
  if (skip !== undefined) return { verdict: 'skipped', reason: skip };
  const functions = callsBeyond(baseline, ported);
  const calls = functions.reduce((sum, [, count]) => sum + count, 0);
  if (ported.status !== 'pass') {
    return { verdict: 'regressed', status: ported.status, code: ported.code, signal: ported.signal, calls, output: ported.output };
  }
  if (missed.length > 0) return { verdict: 'missed', functions: Object.fromEntries(missed) };
  return { verdict: calls > 0 ? 'pass' : 'unreached', calls, functions: Object.fromEntries(functions) };
}

function summarize(files) {
  const count = (verdict) => Object.values(files).filter((file) => file.verdict === verdict).length;
  const total = Object.keys(files).length;
  return {
    total,
    native_pass: total - count('not native'),
    ported_pass: count('pass') + count('unreached'),
    unreached: count('unreached'),
    missed: count('missed'),
    skipped: count('skipped'),
    regressed: count('regressed'),
  };
}

function wording({ files, summary, node, suite, pattern }, skipped) {
  const lines = Object.entries(files)
    .filter(([, file]) => file.verdict === 'regressed')
    .map(([name, file]) => `--- ${name}: ${file.status} (${file.signal ?? file.code}), ${file.calls} port calls\n${file.output.trim().slice(0, 3000)}`);
  for (const [name, file] of Object.entries(files).filter(([, { verdict }]) => verdict === 'missed')) {
    lines.push(`--- ${name}: passes, but its calls of ${Object.keys(file.functions).join(', ')} did not reach the port`);
  }
  lines.push(...skipped.map((name) => `skipped ${name}: ${options.skips.get(name)}`));
  lines.push(
    `${node} ${suite} ${pattern}: ${summary.native_pass} of ${summary.total} pass natively; of these ${summary.ported_pass} pass ported ` +
      `(${summary.unreached} of them call no ported function), ${summary.regressed} regressed, ${summary.missed} missed, ` +
      `${summary.skipped} skipped`,
  );
  return lines.join('\n');
}
