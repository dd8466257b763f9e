/** The probe inside a host; what needs no host is tested in bench/probe/tests. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { PROBE } from './job.mjs';

const probe = createRequire(import.meta.url)(PROBE);

test('read needs a pinned array with room, and pin takes one array only', () => {
  assert.throws(() => probe.read(0, false), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => probe.pin(new Float64Array(64)), { code: 'ERR_INVALID_ARG_TYPE' });
  const values = new BigUint64Array(64);
  probe.pin(values);
  assert.throws(() => probe.pin(new BigUint64Array(64)), { code: 'ERR_PROBE_PINNED' });
  assert.throws(() => probe.read(63, false), { code: 'ERR_OUT_OF_RANGE' });
  probe.read(0, false);
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 5000);
  probe.read(32, true);
  const [wall, processCpu, threadCpu] = [0, 1, 2].map((index) => Number(values[32 + index] - values[index]));
  assert.ok(wall >= 4e6 && threadCpu >= 3e6, `${wall} ${threadCpu}`);
  // The clocks are read one after the other, a few hundred nanoseconds apart.
  assert.ok(processCpu > threadCpu - 1e6, `${processCpu} ${threadCpu}`);
});

test('every counter is supported or has a reason', () => {
  const counters = probe.counters();
  assert.ok(counters.some(({ name }) => name === 'instructions') && counters.some(({ name }) => name === 'page-faults'));
  for (const { name, supported, reason } of counters) {
    assert.ok(supported ? reason === null : typeof reason === 'string' && reason.length > 0, name);
  }
});

test('peak memory is in bytes and grows with what is touched', () => {
  const before = probe.maxRss();
  const block = Buffer.alloc(2 * before, 1);
  assert.ok(probe.maxRss() > before + block.length / 2);
});

test('now is monotonic, noop is nothing, an arm without latencies has an empty histogram', () => {
  const first = probe.now();
  assert.ok(probe.now() >= first && Number.isSafeInteger(first));
  assert.equal(probe.noop(), undefined);
  const empty = probe.latencyTake(7);
  probe.latencyRecord(7, 1500);
  assert.notEqual(probe.latencyTake(7), empty);
  assert.equal(probe.latencyTake(7), empty);
});
