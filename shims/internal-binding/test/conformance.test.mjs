// scripts/conformance.mjs on a test tree in miniature.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { buildAddon, folder, osPort, SHIMS, writeFile } from './fixture/port.mjs';

const RUNNER = path.resolve(SHIMS, '../../scripts/conformance.mjs');
const half = writeFile('os-half.js', 'module.exports = ({ addon }) => ({ os: { getHostname: () => addon.hostname() } });');
const port = writeFile('os.json', JSON.stringify(osPort(buildAddon('conformance'), { js_path: half })));

/** Writes `test/parallel/<name>` for every entry, and a common module. */
function tree(files) {
  const root = fs.mkdtempSync(path.join(folder, 'tree-'));
  for (const [name, text] of Object.entries({ 'common/index.js': '', ...files })) {
    const file = path.join(root, 'test', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return root;
}

function conform(tests, ...args) {
  const json = path.join(folder, 'report.json');
  fs.rmSync(json, { force: true });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [RUNNER, '--node', process.execPath, '--tests', tests, ...(args.includes('--port') ? [] : ['--port', port]), '--json', json, '--cache', path.join(folder, 'cache'), '--timeout', '5', ...args],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const report = fs.existsSync(json) ? JSON.parse(fs.readFileSync(json, 'utf8')) : undefined;
  const verdicts = report && Object.fromEntries(Object.entries(report.files).map(([name, file]) => [name.match(/-(.*)\./)[1], file.verdict]));
  return { status, stdout, stderr, report, verdicts };
}

const HOST = "require('os').hostname()";
const FILES = {
  'parallel/test-pass.js': `${HOST};`,
  'parallel/test-regress.js': `if (${HOST} === 'fixture') throw new Error('it is the fixture');`,
  'parallel/test-crash.js': `if (${HOST} === 'fixture') process.abort();`,
  'parallel/test-hang.js': `if (${HOST} === 'fixture') setInterval(() => {}, 1000);`,
  'parallel/test-unreached.js': '',
  'parallel/test-broken.js': "throw new Error('natively too');",
  'parallel/test-skip.js': "console.log('1..0 # Skipped: not here');",
  'parallel/test-flags.js': `// Flags: --stack-trace-limit=7\n// Env: PORTLAB_FIXTURE=a=b\n${HOST};
    require('assert').deepStrictEqual([Error.stackTraceLimit, process.env.PORTLAB_FIXTURE], [7, 'a=b']);
    require('fs').writeFileSync(process.env.NODE_TEST_DIR + '/x', '');`,
  'parallel/test-child.js': "require('child_process').execFileSync(process.execPath, ['-p', \"require('os').hostname()\"]);",
  'parallel/other.js': 'throw new Error();',
};

test('each file gets a verdict, regressions are shown and fail the run', () => {
  const { status, stdout, report, verdicts } = conform(tree(FILES));
  assert.deepEqual(verdicts, {
    pass: 'pass',
    regress: 'regressed',
    crash: 'regressed',
    hang: 'regressed',
    unreached: 'unreached',
    broken: 'not native',
    skip: 'not native',
    flags: 'pass',
    child: 'pass',
  });
  assert.deepEqual(report.summary, { total: 9, native_pass: 7, ported_pass: 4, unreached: 1, missed: 0, skipped: 0, regressed: 3 });
  assert.equal(report.files['test-hang.js'].status, 'timeout');
  assert.equal(report.files['test-crash.js'].status, 'crash');
  assert.deepEqual(report.files['test-pass.js'].functions, { 'os.getHostname': 1 });
  assert.match(stdout, /--- test-regress\.js: fail \(1\), \d+ port calls\n[^]*it is the fixture/);
  assert.match(stdout, /7 of 9 pass natively; of these 4 pass ported \(1 of them call no ported function\), 3 regressed, 0 missed, 0 skipped/);
  assert.equal(status, 1);
});

test('a swap that a file does not reach is a failure, though the file passes', () => {
  // This half says that it ports a function, and leaves the native one in place.
  const idle = writeFile('idle.js', 'module.exports = () => ({ os: {} });');
  const idlePort = writeFile('idle.json', JSON.stringify(osPort(buildAddon('idle'), { js_path: idle })));
  const { status, stdout, verdicts } = conform(tree({ 'parallel/test-missed.js': `${HOST};`, 'parallel/test-other.js': '' }), '--port', idlePort);
  assert.deepEqual(verdicts, { missed: 'missed', other: 'unreached' });
  assert.match(stdout, /test-missed\.js: passes, but its calls of os\.getHostname did not reach the port/);
  assert.equal(status, 1);
});

test('a skip needs a reason and is reported with it', () => {
  const tests = tree({ 'parallel/test-pass.js': FILES['parallel/test-pass.js'], 'parallel/test-regress.js': FILES['parallel/test-regress.js'] });
  const { status, stdout, verdicts } = conform(tests, '--skip', 'test-regress.js=the fixture has no name');
  assert.deepEqual(verdicts, { pass: 'pass', regress: 'skipped' });
  assert.match(stdout, /skipped test-regress\.js: the fixture has no name/);
  assert.equal(status, 0);
  assert.equal(conform(tests, '--skip', 'test-regress.js').status, 2);
});

test('a pattern without a file and a port that is not built are usage errors', () => {
  const tests = tree(FILES);
  assert.match(conform(tests, '--pattern', '^test-nothing').stderr, /no test file in .* matches/);
  const { status, stderr } = conform(tests, '--port', '/nowhere/port.json');
  assert.equal(status, 2);
  assert.match(stderr, /no such port: \/nowhere\/port\.json\. Build the ports with `scripts\/lab build`/);
});
