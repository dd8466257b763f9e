// One script on the native world and on the port's, in one process; what both answer must be equal, or as close
// as two calls of the native one. Run with each pinned Node; scripts/test builds and stages the port first.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { makeWorld } = require('../../../shims/internal-binding/index.js');
const staged = fileURLToPath(new URL('../../../.portlab/stage/os/port.json', import.meta.url));
assert.ok(existsSync(staged), `${staged} is absent: run scripts/test, which builds and stages the port`);

const port = JSON.parse(readFileSync(staged, 'utf8'));
const world = { builtin: port.world.builtin, bindings: Object.keys(port.bindings), fresh: port.world.fresh };
const native = makeWorld(world);
const ported = makeWorld({ ...world, port });
const functions = Object.entries(port.bindings.os.functions);
const served = functions.filter(([, { status }]) => status !== 'native').map(([name]) => name);

/** Calls a function of the port and proves that the port, not the native binding, was called. */
function reached(call) {
  const before = ported.portCalls();
  const result = call();
  assert.ok(ported.portCalls() > before, 'the call did not reach the port');
  return result;
}

test('the port replaces what port.toml calls ported, and nothing else', () => {
  for (const [name] of functions) {
    const replaced = ported.bindings.os[name] !== native.bindings.os[name];
    assert.equal(replaced, served.includes(name), name);
  }
  for (const name of served) assert.equal(ported.bindings.os[name].length, native.bindings.os[name].length, name);
});

test('hostname', () => {
  assert.equal(reached(() => ported.module.hostname()), native.module.hostname());
  assert.equal(`${ported.module.hostname}`, native.module.hostname());
});

test('total memory', () => {
  assert.equal(reached(() => ported.module.totalmem()), native.module.totalmem());
});

test('free memory is native\'s, to what a busy machine allocates meanwhile', () => {
  const [before, mine, after] = [native.module.freemem(), reached(() => ported.module.freemem()), native.module.freemem()];
  const slack = 512 * 1024 * 1024;
  assert.ok(mine >= Math.min(before, after) - slack && mine <= Math.max(before, after) + slack, `${[before, mine, after]}`);
  assert.equal(mine % 1024, 0);
});

test('uptime lies between two native answers', () => {
  const [before, mine, after] = [native.module.uptime(), reached(() => ported.module.uptime()), native.module.uptime()];
  assert.ok(before <= mine && mine <= after, `${[before, mine, after]}`);
});

test('load averages are one of the two native answers around them', () => {
  // The kernel renews them every five seconds.
  const answers = [native.module.loadavg(), reached(() => ported.module.loadavg()), native.module.loadavg()];
  const [before, mine, after] = answers.map((loads) => loads.join());
  assert.ok(mine === before || mine === after, `${before} | ${mine} | ${after}`);
});

test('load averages go into the caller\'s array, which must be one', () => {
  const { getLoadAvg } = ported.bindings.os;
  const memory = new Float64Array(5).fill(-1);
  assert.equal(getLoadAvg(memory.subarray(1, 4)), undefined);
  assert.deepEqual([...memory].map((load) => load >= 0), [false, true, true, true, false]);
  // Native aborts the process on these.
  for (const wrong of [undefined, null, [], {}, new Float64Array(2), new Float64Array(4), 'x']) {
    assert.throws(() => getLoadAvg(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
});

test('CPUs have the same models and shape, and times that never go back', () => {
  const [before, mine, after] = [native.module.cpus(), reached(() => ported.module.cpus()), native.module.cpus()];
  const constant = (cpus) => cpus.map(({ model, times }) => [model, Object.keys(times)]);
  assert.deepEqual(constant(mine), constant(before));
  for (const [index, { speed, times }] of mine.entries()) {
    // The frequency may change from one call to the next, but not its kind.
    assert.equal(Number.isInteger(speed) && speed > 0, before[index].speed > 0);
    for (const [name, ms] of Object.entries(times)) {
      const [low, high] = [before[index].times[name], after[index].times[name]];
      // Idle time is estimated for a CPU at rest, and the kernel lets it go back by a little.
      assert.ok(ms % 10 === 0 && ms >= low - 20 && ms <= high + 20, `${name}: ${[low, ms, high]}`);
    }
  }
});

test('the flat arrays hold values of the native types, and are plain arrays', () => {
  for (const name of ['getCPUs', 'getInterfaceAddresses']) {
    const [theirs, mine] = [native, ported].map(({ bindings }) => bindings.os[name]({}));
    assert.equal(Object.getPrototypeOf(mine), Object.getPrototypeOf(theirs));
    assert.deepEqual(mine.map((value) => typeof value), theirs.map((value) => typeof value));
    assert.deepEqual(Object.keys(mine), Object.keys(theirs));
  }
});

test('a changed Array.of does not reach the port', () => {
  const original = Array.of;
  Array.of = () => assert.fail('the port called the user\'s function');
  try {
    assert.ok(Array.isArray(ported.bindings.os.getCPUs()));
  } finally {
    Array.of = original;
  }
});

test('network interfaces', () => {
  assert.deepEqual(reached(() => ported.module.networkInterfaces()), native.module.networkInterfaces());
  assert.deepEqual(ported.bindings.os.getInterfaceAddresses({}), native.bindings.os.getInterfaceAddresses({}));
});

test('a context that is not needed is left alone, and may be absent', () => {
  for (const name of ['getHostname', 'getUptime', 'getInterfaceAddresses']) {
    for (const { bindings } of [native, ported]) {
      const ctx = {};
      assert.notEqual(bindings.os[name](ctx), undefined);
      assert.deepEqual(ctx, {});
      assert.notEqual(bindings.os[name](), undefined);
    }
  }
});

test('the rest of the module is native', () => {
  for (const name of ['homedir', 'type', 'release', 'version', 'machine', 'availableParallelism', 'userInfo', 'endianness']) {
    assert.deepEqual(ported.module[name](), native.module[name](), name);
  }
});

test('without a file descriptor left, the port falls back and fails as native does', () => {
  const script = fileURLToPath(new URL('without-descriptors.mjs', import.meta.url));
  const command = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, script, JSON.stringify(port)];
  const { stdout, stderr, status } = spawnSync('/bin/sh', command, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { failure, results: [theirs, mine] } = JSON.parse(stdout);
  assert.equal(failure, 'EMFILE');
  assert.equal(Math.abs(theirs.ctx.errno), constants.errno.EMFILE, 'the native function did not fail, so nothing was compared');
  assert.ok(mine.uptime >= theirs.uptime && mine.uptime <= theirs.uptime + 1 && Number.isInteger(mine.uptime));
  mine.loads.forEach((load, index) => assert.ok(Math.abs(load - theirs.loads[index]) < 1, `${mine.loads} ${theirs.loads}`));
  assert.deepEqual({ ...mine, uptime: 0, loads: [] }, { ...theirs, uptime: 0, loads: [] });
  assert.deepEqual(Object.keys(mine.ctx), Object.keys(theirs.ctx));
});
