import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { buildAddon, folder, osPort, runChild, SHIMS, writeFile } from './fixture/port.mjs';

const INSTALL = path.join(SHIMS, 'install.js');
const addon = buildAddon('install');
const OS_HALF = writeFile('os-half.js', 'module.exports = ({ addon, native }) => ({ os: { getHostname: () => addon.hostname() + native.os.getHostname().length } });');
const osJson = writeJson('os.json', osPort(addon, { js_path: OS_HALF }));
const PRINT = "console.log(require('os').hostname());";

function writeJson(name, value) {
  return writeFile(name, JSON.stringify(value));
}

/** Runs a script with the fixture port in the whole process; `lines` are what it appended to PORTLAB_CALLS. */
function runInstalled(script, port = osJson, args = [], features = '') {
  const callsFile = path.join(folder, 'calls');
  fs.rmSync(callsFile, { force: true });
  const result = runChild(script, { args, env: { NODE_OPTIONS: `--require=${INSTALL}`, PORTLAB_PORT: port, PORTLAB_CALLS: callsFile, PORTLAB_FEATURES: features } });
  const lines = fs.existsSync(callsFile) ? fs.readFileSync(callsFile, 'utf8').split('\n').filter(Boolean) : [];
  return { ...result, lines: lines.map((line) => line.replace(/^\d+ /, '')) };
}

test('the process runs on the port, and the port sees the native functions', () => {
  const { stdout, lines } = runInstalled(PRINT);
  assert.match(stdout, /^fixture[1-9]/);
  assert.deepEqual(lines, ['os 1 {"getHostname":1}']);
});

test('functions that port.toml calls native and calls of the module loader do not count', () => {
  const half = writeFile(
    'fs-half.js',
    `module.exports = ({ addon, native }) => ({ fs: {
      internalModuleStat(...args) { addon.hostname(); return native.fs.internalModuleStat(...args); },
      lstat(...args) { return native.fs.lstat(...args); },
      chmod(...args) { return native.fs.chmod(...args); },
    } });`,
  );
  const functions = { internalModuleStat: { status: 'ported' }, lstat: { status: 'partial' }, chmod: { status: 'native' } };
  const port = osPort(addon, { module: 'fs', js_path: half, world: { builtin: 'fs', fresh: ['fs'] }, bindings: { fs: { functions } } });
  const { lines } = runInstalled(
    `const fs = require('fs'); require(${JSON.stringify(OS_HALF)}); fs.lstatSync('/'); fs.lstat('/', () => {}); fs.chmodSync(${JSON.stringify(folder)}, 0o700);`,
    writeJson('counted.json', port),
  );
  // The loader reached the addon, and that is not what a test proves.
  assert.match(lines[0], /^fs [1-9]\d* {"lstat":2}$/);
});

test('without NODE_OPTIONS nothing is swapped, though the variables are set', () => {
  const { stdout } = runChild(PRINT, { env: { PORTLAB_PORT: osJson } });
  assert.doesNotMatch(stdout, /fixture/);
});

test('workers and child processes run on the port and count their own calls', () => {
  const { stdout, lines } = runInstalled(`
    const { Worker } = require('worker_threads');
    new Worker(${JSON.stringify(PRINT)}, { eval: true }).on('exit', () => {
      console.log(require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(PRINT)}], { encoding: 'utf8' }).trim());
      console.log(require('child_process').fork ? 'done' : '');
    });`);
  assert.match(stdout, /^fixture\d+\nfixture\d+\ndone\n$/);
  assert.deepEqual(lines.map((line) => line.split(' ')[2]), ['{"getHostname":1}', '{"getHostname":1}', '{}']);
});

test('a forked child with an IPC channel runs on the port', () => {
  const script = writeFile('forked.js', "process.send(require('os').hostname()); process.disconnect();");
  const { stdout, lines } = runInstalled(`require('child_process').fork(${JSON.stringify(script)}).on('message', (name) => console.log(name));`);
  assert.match(stdout, /^fixture/);
  assert.equal(lines.length, 2);
});

for (const [name, ending] of Object.entries({
  'process.exit': 'process.exit(3)',
  'an uncaught error': "throw new Error('end')",
  'process.exit in a promise': 'Promise.resolve().then(() => process.exit(3))',
})) {
  test(`calls are counted when ${name} ends the process`, () => {
    const { code, lines } = runInstalled(`require('os').hostname(); ${ending};`);
    assert.notEqual(code, 0);
    assert.deepEqual(lines, ['os 1 {"getHostname":1}']);
  });
}

test('calls are counted whatever a test does to the process', () => {
  const { lines } = runInstalled(`
    require('os').hostname();
    Object.defineProperty(Object.prototype, 'errno', { __proto__: null, set() { throw new Error('errno'); }, get: () => 0 });
    for (const object of [require('fs'), process.binding('fs')]) {
      for (const name of Object.keys(object)) if (typeof object[name] === 'function') object[name] = () => { throw new Error(name); };
    }
    delete Array.prototype[Symbol.iterator];`);
  assert.deepEqual(lines, ['os 1 {"getHostname":1}']);
});

test('--no-deprecation and --pending-deprecation change nothing', () => {
  for (const flag of ['--no-deprecation', '--pending-deprecation']) {
    const { stdout, stderr } = runInstalled(PRINT, osJson, [flag]);
    assert.match(stdout, /^fixture/);
    assert.equal(stderr, '');
  }
});

test('a builtin that copied functions at load runs again, also for import', () => {
  const half = writeFile(
    'fs-half.js',
    `let made = 0;
     module.exports = ({ native }) => ({ fs: { made: () => made, FSReqCallback: class FSReqCallback extends native.fs.FSReqCallback {
       constructor(bigint) { super(bigint); made++; }
     } } });
     module.exports.install = { order: [{ on: 'native', builtins: ['internal/fs/dir'] }], replace: ['fs'] };`,
  );
  const port = writeJson('fs.json', osPort(addon, { module: 'fs', js_path: half, bindings: { fs: { functions: {} } } }));
  const script = `
    const stat = require('fs').stat;
    import('fs').then((imported) => {
      console.log(imported.stat === stat, imported.default === require('fs'), require('fs').Stats === process.binding('fs').Stats);
      require('fs').stat('/', (error, stats) => {
        console.log(stats instanceof require('fs').Stats, process.binding('fs').made());
        require('fs').opendirSync('/').read(() => console.log(process.binding('fs').made()));
      });
    });`;
  const { stdout, stderr } = runInstalled(script, port);
  assert.equal(stderr, '');
  const before = Number(stdout.split('\n')[1].split(' ')[1]);
  assert.match(stdout, /^true true (true|false)\ntrue \d+\n/);
  assert.ok(before > 0, 'the class that fs copies at load is not the new one');
  // The native class goes to native code.
  assert.equal(Number(stdout.split('\n')[2]), before);
});

test('features replace functions of a builtin that ran again, for everyone who has it, and count as reached', () => {
  const half = writeFile(
    'fs-features.js',
    `module.exports = () => ({ fs: {} });
     module.exports.install = { replace: ['fs'] };
     module.exports.features = {
       fixed({ requireFresh, replace }) {
         replace(requireFresh('fs'), 'readFileSync', () => 'fixed');
         replace(requireFresh('fs/promises'), 'readFile', async () => 'fixed later', 'fs.promises.readFile');
       },
       unused({ requireFresh, replace }) { replace(requireFresh('fs'), 'cpSync', () => {}); },
     };`,
  );
  const port = writeJson('features.json', osPort(addon, { module: 'fs', js_path: half, bindings: { fs: { functions: {} } } }));
  const script = `
    const { readFileSync } = require('fs');
    const { log } = console;
    import('fs').then(async (imported) => {
      log(readFileSync('/'), imported.readFileSync('/'), imported.default.readFileSync.name);
      log(await require('fs').promises.readFile('/'), await (await import('fs/promises')).readFile('/'));
    });`;
  const { stdout, stderr, lines } = runInstalled(script, port, [], 'fixed,unused');
  assert.equal(stderr, '');
  assert.equal(stdout, 'fixed fixed readFileSync\nfixed later fixed later\n');
  assert.match(lines[0], /{"readFileSync":2,"fs.promises.readFile":2}$/);
  assert.match(runInstalled(script, port, [], 'fixed,fused').stderr, /has no feature 'fused': it knows fixed, unused/);
});

for (const [name, port, message] of [
  ['a port.json that is not there', '/nowhere/port.json', /PORTLAB_PORT names \/nowhere\/port\.json, which cannot be read: .*scripts\/lab build/],
  ['an addon that is not there', writeJson('missing.json', osPort('/nowhere/os.node')), /no such addon: \/nowhere\/os\.node/],
  ['the same port twice', `${osJson}:${osJson}`, /is installed in this process already/],
  ['a builtin to replace that is not there', writeJson('replace.json', osPort(addon, { js_path: writeFile('replace.js', "module.exports = () => ({}); module.exports.install = { replace: ['fss'] };") })), /has no builtin fss: check install\.replace/],
]) {
  test(`${name} ends the process before it runs anything`, () => {
    const { code, stdout, stderr } = runInstalled(PRINT, port);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}

test('--permission ends the process', () => {
  const { code, stderr } = runInstalled(PRINT, osJson, ['--permission', '--allow-fs-read=*']);
  assert.equal(code, 1);
  assert.match(stderr, /portlab: cannot swap bindings under --permission: run without it/);
});
