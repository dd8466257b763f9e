/** The driver as a process: what it says when all is well, and when it is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARMS, PROBE, fixture, ofType, run } from './job.mjs';

const ported = (js) => ({
  role: 'candidate', variant: 'node-api',
  source: { kind: 'world', port: { addon: PROBE, js: fixture(js), node_majors: [Number(process.versions.node.split('.')[0])] } },
});

/** Runs a job that cannot go on and returns what the driver says. */
async function failure(changes) {
  const { code, messages, stderr } = await run(changes);
  const failed = ofType(messages, 'failed');
  assert.equal(code, 1, stderr);
  assert.equal(failed.length, 1, JSON.stringify(messages));
  return { error: failed[0].error, messages };
}

test('every round measures every arm once, with all clocks', async () => {
  const { code, messages, stderr } = await run({ arms: Object.values(ARMS), rounds: 4 });
  assert.equal(code, 0, stderr);
  assert.equal(messages[0].type, 'ready');
  assert.equal(messages[0].host_version, process.version);
  assert.equal(new Set(Object.values(messages[0].operations)).size, 1, 'the same number of operations for all arms');
  const samples = ofType(messages, 'sample');
  assert.equal(samples.length, 16);
  for (let round = 0; round < 4; round++) {
    const slices = samples.filter((sample) => sample.round === round);
    assert.deepEqual(slices.map((slice) => slice.position), [0, 1, 2, 3]);
    assert.deepEqual(slices.map((slice) => slice.role).sort(), ['baseline', 'candidate', 'stock', 'twin']);
  }
  const supported = messages[0].counters.filter((counter) => counter.supported).map((counter) => counter.name);
  for (const sample of samples) {
    assert.equal(sample.operations, messages[0].operations.stock);
    for (const clock of ['wall_ns', 'cpu_process_ns', 'cpu_thread_ns']) {
      assert.ok(Number.isSafeInteger(sample[clock]) && sample[clock] > 0, `${clock} ${sample[clock]}`);
    }
    assert.deepEqual(Object.keys(sample.counters), supported, 'an unsupported counter is absent, not 0');
  }
  for (const counter of messages[0].counters) assert.equal(counter.supported, counter.reason === null, counter.name);
  const done = messages.at(-1);
  assert.equal(done.type, 'done');
  assert.ok(done.max_rss_bytes > 20e6);
  assert.deepEqual(done.port_calls, {});
});

test('the order within rounds is random, and the seed repeats it', async () => {
  const order = async (seed) => {
    const { messages } = await run({ arms: Object.values(ARMS), rounds: 8, seed });
    return ofType(messages, 'sample').map((sample) => sample.role);
  };
  const [first, again, other] = [await order(5), await order(5), await order(2 ** 52 + 5)];
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
  const firsts = new Set(first.filter((_, index) => index % 4 === 0));
  assert.ok(firsts.size > 1, 'not always the same arm first');
});

test('a wrong value drops its sample and says what came instead', async () => {
  const { code, messages } = await run({ workload: fixture('wrong-later.mjs') });
  assert.equal(code, 0);
  assert.deepEqual(new Set(ofType(messages, 'sample').map((sample) => sample.role)), new Set(['baseline']));
  const rejected = ofType(messages, 'rejected');
  assert.deepEqual(rejected.map(({ role, round, expected, actual }) => [role, round, expected, actual]),
    [0, 1, 2].map((round) => ['candidate', round, true, 'wrong']));
});

test('a value that is wrong from the start ends the job before anything is measured', async () => {
  const { error, messages } = await failure({ workload: fixture('wrong.mjs') });
  assert.match(error, /baseline arm \(native\) of fs\/test yields a wrong value.*wrong\.mjs.*undefined.*instead of true/s);
  assert.equal(ofType(messages, 'rejected').length, 1);
  assert.equal(ofType(messages, 'sample').length, 0);
});

test('a workload that throws is named with its file and stack', async () => {
  const { error } = await failure({ workload: fixture('throws.mjs') });
  assert.match(error, /baseline arm.*TypeError: the workload is broken\n\s+at .*throws\.mjs\?arm=0:4:/s);
});

test('a promise that rejects and an error out of nowhere end the job', async () => {
  const { error } = await failure({ workload: fixture('rejects.mjs'), kind: 'async' });
  assert.match(error, /no such luck\n\s+at .*rejects\.mjs/);
  const stray = await failure({ workload: fixture('stray.mjs'), kind: 'async' });
  assert.match(stray.error, /out of nowhere/);
});

test('a workload without the level, or without run, says what it has', async () => {
  assert.match((await failure({ workload: fixture('no-level.mjs') })).error, /no function 'binding'.*somethingElse/s);
  assert.match((await failure({ workload: fixture('no-run.mjs') })).error, /must return \{ run \}/);
  assert.match((await failure({ workload: fixture('not-there.mjs') })).error, /not-there\.mjs/);
});

test('a port that is never called fails the job, however right its answers are', async () => {
  const { error } = await failure({ arms: [ARMS.baseline, ported('port-of-nothing.cjs')] });
  assert.match(error, /the swap was never reached: 10 operations of the candidate arm \(node-api\).*probe\.node/s);
});

test('a port that is called proves it', async () => {
  const { messages } = await run({ arms: [ported('port-of-exists.cjs'), ARMS.baseline] });
  const { operations } = messages[0];
  const { port_calls: calls, crossings } = messages.at(-1);
  assert.deepEqual(Object.keys(calls), ['candidate']);
  assert.ok(calls.candidate >= 3 * operations.candidate + 10, `${calls.candidate} calls`);
  assert.deepEqual(crossings, {}, 'a timed build counts nothing');
});

test('a port for another major is refused', async () => {
  const arm = ported('port-of-exists.cjs');
  arm.source.port.node_majors = [1];
  assert.match((await failure({ arms: [arm] })).error, /is for Node 1, but this is Node v/);
});

test('hooks surround slices and are given what will run', async () => {
  const { code, messages } = await run({ workload: fixture('hooks.mjs') });
  assert.equal(code, 0, JSON.stringify(messages));
  assert.equal(ofType(messages, 'sample').length, 6);
});

test('each arm has its own instance of the workload and its own folder', async () => {
  const expect = {
    instances: 1, entries: 0, params: { answer: 42 }, arm: 'arm-0', query: '?arm=', isShared: true, collect: 'function',
  };
  const { code, messages } = await run({ workload: fixture('identity.mjs'), params: { answer: 42 }, expect });
  assert.equal(code, 0, JSON.stringify(messages));
});

test('whole slices count their operations and have latencies of their own', async () => {
  const { code, messages, stderr } = await run({
    workload: fixture('slices.mjs'), kind: 'async', latency: true, params: { least: 5000 }, rounds: 2, slice_ns: 1,
  });
  assert.equal(code, 0, stderr);
  const samples = ofType(messages, 'sample');
  assert.equal(samples.length, 4);
  for (const sample of samples) assert.equal(sample.operations, 5000, 'as many as the body needs');
  // The first ones are those of the warm-up.
  assert.deepEqual(ofType(messages, 'latency').map(({ histogram }) => histogram).sort(), ['baseline 1', 'candidate 1']);
});

test('a whole slice cannot be synchronous', async () => {
  const { error } = await failure({ workload: fixture('slices.mjs'), kind: 'sync' });
  assert.match(error, /returns a slice, which is asynchronous/);
});

test('asynchronous operations run in as many lanes as asked for, each latency recorded', async () => {
  const concurrency = 7;
  const { code, messages } = await run({
    workload: fixture('lanes.mjs'), kind: 'async', concurrency, latency: true, params: { concurrency }, rounds: 2,
  });
  assert.equal(code, 0, JSON.stringify(messages));
  assert.ok(messages[0].operations.baseline >= 4 * concurrency);
  assert.equal(ofType(messages, 'sample').length, 4, JSON.stringify(ofType(messages, 'rejected')));
  const latencies = ofType(messages, 'latency');
  assert.deepEqual(latencies.map(({ role }) => role), ['baseline', 'candidate']);
  for (const { histogram } of latencies) {
    // V2 encoding, not compressed: its cookie, then (among others) the payload's length.
    assert.equal(Buffer.from(histogram, 'base64').readUInt32BE(0) & ~0xf0, 0x1c849303);
  }
});

test('without rounds nothing is measured', async () => {
  const { code, messages } = await run({ rounds: 0, kind: 'sync', latency: true });
  assert.equal(code, 0);
  assert.deepEqual(messages.map((message) => message.type), ['ready', 'done']);
});

test('a job of another version is refused', async () => {
  assert.match((await failure({ schema_version: 2 })).error, /schema version 1, the job has 2/);
});

test('the driver gives up when nobody reads', async () => {
  const { code, messages, stderr } = await run({ rounds: 100_000 }, { onMessage: (child) => child.stdio[3].destroy() });
  assert.equal(code, 70, stderr + JSON.stringify(messages));
  assert.match(stderr, /nobody reads the results/);
});
