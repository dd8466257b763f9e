import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import test from 'node:test';
import { buildAddon, folder, MAJOR, osPort, runChild, SHIMS, writeFile } from './fixture/port.mjs';

const require = createRequire(import.meta.url);
const { makeWorld } = require(SHIMS);
const OS = { builtin: 'os', bindings: ['os'], fresh: ['os'] };
const FS = { builtin: 'fs', bindings: ['fs'], fresh: ['fs', 'internal/fs/promises', 'internal/fs/read/context'] };
const JS_HALF = writeFile(
  'os-half.js',
  `module.exports = ({ addon, native }) => {
    let answered = 0;
    return { os: { getHostname: () => addon.hostname() + ++answered, nativeHostname: native.os.getHostname } };
  };`,
);
const addon = buildAddon('world');

test('a native world answers as the host does, from another instance', async () => {
  const world = makeWorld(FS);
  assert.notEqual(world.module, fs);
  assert.deepEqual(Object.keys(world.module).sort(), Object.keys(fs).sort());
  assert.deepEqual(world.module.readdirSync(SHIMS), fs.readdirSync(SHIMS));
  assert.equal(world.module.readFileSync(import.meta.filename, 'utf8'), fs.readFileSync(import.meta.filename, 'utf8'));
  assert.equal((await world.module.promises.stat(SHIMS)).ino, fs.statSync(SHIMS).ino);
  assert.equal(world.portCalls(), 0);
});

test('the binding of a world is a copy', () => {
  const world = makeWorld(FS);
  const native = process.binding('fs');
  assert.notEqual(world.bindings.fs, native);
  assert.deepEqual(Object.keys(world.bindings.fs).sort(), Object.keys(native).sort());
  assert.equal(world.bindings.fs.stat, native.stat);
});

test('worlds are independent of each other and of the host', () => {
  const stock = os.hostname();
  const port = { addon, js: JS_HALF, node_majors: [MAJOR] };
  const [native, first, second] = [makeWorld({ ...OS, port: null }), makeWorld({ ...OS, port }), makeWorld({ ...OS, port })];
  assert.deepEqual([first.module.hostname(), first.module.hostname(), second.module.hostname()], ['fixture1', 'fixture2', 'fixture1']);
  assert.equal(native.module.hostname(), stock);
  assert.equal(os.hostname(), stock);
  assert.equal(process.binding('os').nativeHostname, undefined);
  assert.equal(first.portCalls(), 3);
  assert.equal(native.portCalls(), 0);
});

test('without a JavaScript half the exports replace the functions of the same names', () => {
  const half = { addon, js: null, node_majors: [MAJOR] };
  // The fixture exports hostname, which no os binding has: by name alone nothing is replaced.
  assert.equal(makeWorld({ ...OS, port: half }).module.hostname(), os.hostname());
  const listed = { ...half, bindings: { os: { functions: { hostname: { status: 'ported' } } } } };
  assert.equal(makeWorld({ ...OS, port: listed }).bindings.os.hostname(), 'fixture');
  const otherMajor = { ...half, bindings: { os: { functions: { missing: { status: 'ported', node_majors: [MAJOR + 1] } } } } };
  assert.equal(makeWorld({ ...OS, port: otherMajor }).module.hostname(), os.hostname());
});

const FEATURES_HALF = writeFile(
  'features-half.js',
  `module.exports = ({ addon }) => ({ os: { getHostname: () => addon.hostname() } });
   module.exports.features = {
     loud({ addon, internals, native, overrides, requireFresh, asyncContext, replace }) {
       const os = requireFresh('os');
       const known = [internals.primordials, native.os.getHostname, overrides.os.getHostname, asyncContext.RequestTable];
       const missing = known.some((each) => each === undefined);
       const { hostname } = os;
       replace(os, 'hostname', (...all) => hostname(...all).toUpperCase() + addon.hostname().length + missing, 'os.hostname');
     },
     twice({ requireFresh, replace }) {
       const os = requireFresh('os');
       const { hostname } = os;
       replace(os, 'hostname', () => hostname() + hostname());
     },
   };`,
);

test("features replace functions of the world's lib, in their order, and of no other", () => {
  const port = { addon, js: FEATURES_HALF, node_majors: [MAJOR] };
  const make = (features) => makeWorld({ ...OS, port: { ...port, features } });
  assert.equal(make(undefined).module.hostname(), 'fixture');
  assert.equal(make([]).module.hostname(), 'fixture');
  assert.equal(make(['loud', 'twice']).module.hostname(), 'FIXTURE7falseFIXTURE7false');
  assert.doesNotMatch(os.hostname(), /fixture/i);
});

test('a function that replaces another has its name, its length and its kind of property', () => {
  const { module } = makeWorld({ ...OS, port: { addon, js: FEATURES_HALF, node_majors: [MAJOR], features: ['loud'] } });
  const { value: replaced, ...property } = Object.getOwnPropertyDescriptor(module, 'hostname');
  const { value: original, ...expected } = Object.getOwnPropertyDescriptor(makeWorld(OS).module, 'hostname');
  assert.deepEqual([replaced.name, replaced.length, property], [original.name, original.length, expected]);
});

for (const { name, options, message } of [
  { name: 'an unknown builtin', options: { ...OS, builtin: 'oss', fresh: ['oss'] }, message: /has no builtin oss.*check \[world\]/ },
  { name: 'a builtin that is not fresh', options: { ...OS, fresh: [] }, message: /must list its builtin 'os' under fresh/ },
  { name: 'an unknown binding', options: { ...OS, bindings: ['oss'] }, message: /has no binding 'oss'.*\[bindings\]/ },
]) {
  test(`${name} is named`, () => assert.throws(() => makeWorld(options), message));
}

const broken = {
  'the wrong major': [{ node_majors: [18] }, /is for Node 18, but this is Node v\d+\.\d+\.\d+: run it with one of these.*node_majors/],
  'a missing addon': [{ addon: '/nowhere/fs.node' }, /no such addon: \/nowhere\/fs\.node\. Build the ports with `scripts\/lab build`/],
  'an addon that does not load': [{ addon: writeFile('text.node', 'no library') }, /cannot load .*text\.node: .*(ELF|file too short).*scripts\/lab build/],
  'an addon that is no port': [{ addon: buildAddon('stranger', '-DNO_PORT') }, /stranger\.node is no port: it exports no portCalls\(\)/],
  'a function that is not exported': [
    { bindings: { os: { functions: { getUptime: { status: 'ported' } } } } },
    /port\.toml says that os\.getUptime is ported, but .* does not export it/,
  ],
  'a port of which the world has only some bindings': [
    { bindings: { os: { functions: {} }, fs: { functions: {} }, fs_dir: { functions: {} } } },
    /needs all of its bindings, and fs, fs_dir would stay native: give makeWorld every name under \[bindings\]/,
  ],
  'a missing JavaScript half': [{ js_path: '/nowhere/index.js' }, /cannot load the JavaScript half \/nowhere\/index\.js/],
  'a JavaScript half that is no function': [{ js_path: writeFile('object.js', 'module.exports = {}') }, /object\.js must set module\.exports to a function/],
  'an unknown feature': [{ js_path: FEATURES_HALF, features: ['fused'] }, /has no feature 'fused': it knows loud, twice/],
  'a feature of a port without any': [{ js_path: JS_HALF, features: ['loud'] }, /has no feature 'loud': its JavaScript half exports no features/],
  'overrides of another binding': [{ js_path: writeFile('other.js', 'module.exports = () => ({ zlib: {} })') }, /other\.js must return overrides for os, not zlib/],
};
for (const [name, [change, message]] of Object.entries(broken)) {
  test(`${name} is refused with the fix`, () => {
    const port = osPort(addon, change);
    const script = `require(${JSON.stringify(SHIMS)}).makeWorld({ ...${JSON.stringify(OS)}, port: ${JSON.stringify(port)} })`;
    const { code, stderr } = runChild(script);
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.match(stderr, /SwapError: portlab: /);
  });
}

test('nothing is left in the folder that holds the fixtures but what was built', () => {
  assert.ok(fs.readdirSync(folder).every((name) => /\.(js|node)$/.test(name)));
});
