/** Known slowdowns of one arm, on clocks that are exact. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schedule } from '../driver/canary.mjs';
import { ofType, PROBE, fixture, run } from './job.mjs';

const fake = { probe: fixture('fake-probe.cjs'), workload: fixture('ticks.mjs') };

/** Times of candidate / baseline, summed over all rounds. */
function ratio(messages) {
  const time = (role) => ofType(messages, 'sample').filter((sample) => sample.role === role)
    .reduce((sum, sample) => sum + sample.cpu_process_ns, 0);
  return time('candidate') / time('baseline');
}

for (const kind of ['spin', 'allocation', 'syscall']) {
  for (const slowdown of [0.05, 0.1]) {
    for (const ns of [400, 90_000]) {
      test(`${kind} makes operations of ${ns} ns slower by ${slowdown}, and the other arm not`, async () => {
        const { code, messages, stderr } = await run({ ...fake, params: { ns }, slice_ns: 2e7, canary: { kind, slowdown } });
        assert.equal(code, 0, stderr);
        const found = ratio(messages) - 1;
        assert.ok(Math.abs(found - slowdown) < 0.04 * slowdown, `${found}`);
        const { operations, cpu_process_ns: time } = ofType(messages, 'sample').find(({ role }) => role === 'baseline');
        assert.equal(time, operations * ns);
      });
    }
  }
}

test('without a canary both arms are the same', async () => {
  const { messages } = await run({ ...fake, params: { ns: 400 } });
  assert.equal(ratio(messages), 1);
});

test('a call brings enough units that rounding hardly counts', () => {
  for (const [extra, unit] of [[17, 3], [50, 70], [1e5, 3], [20, 300]]) {
    const { period, units } = schedule(extra, unit);
    assert.ok(Math.log2(period) % 1 === 0 && units >= 16, `${period} ${units}`);
    assert.ok(Math.abs(units * unit / period - extra) <= 0.035 * extra, `${extra} ${unit}: ${units} in ${period}`);
  }
});

test('a canary that is none is said', async () => {
  for (const canary of [{ kind: 'song', slowdown: 0.1 }, { kind: 'spin', slowdown: 0 }, { kind: 'spin', slowdown: 2 }]) {
    const { code, messages } = await run({ ...fake, params: { ns: 400 }, canary });
    assert.equal(code, 1);
    assert.match(ofType(messages, 'failed')[0].error, /spin, allocation, syscall.*above 0/);
  }
});

test('the real probe has every unit', async () => {
  for (const kind of ['spin', 'allocation', 'syscall']) {
    const { code, messages, stderr } = await run({ probe: PROBE, canary: { kind, slowdown: 0.5 } });
    assert.equal(code, 0, stderr);
    assert.equal(ofType(messages, 'sample').length, 6);
  }
});

test('a clock that goes back is an error that names it', async () => {
  const { code, messages } = await run({ ...fake, params: { ns: 400, setBackAt: 12 } });
  assert.equal(code, 1);
  assert.match(ofType(messages, 'failed')[0].error, /CLOCK_MONOTONIC went back by \d+ ns.*measure again/);
});
