/**
 * The timed loops. Each arm gets its own, compiled from its own source text: one shared function would share
 * type feedback and optimised code between arms, and V8 answers equal source text with the same function.
 */

/** The slowdown of a canary (driver/canary.mjs), after every `period`th operation; its units change while it runs. */
const SLOW_DOWN = 'if ((i & mask) === 0) inject(canary.units);';

const synchronous = (slowDown) => `
  const end = first + operations;
  let value;
  probe.read(0, false);
  for (let i = first; i < end; i++) { value = run(i); ${slowDown} }
  probe.read(endOffset, true);
  return value;`;

const asynchronous = (operation, slowDown) => `
  const end = first + operations;
  let next = first;
  let value;
  async function lane() {
    while (next < end) {
      const i = next++;
      ${operation}
      ${slowDown}
    }
  }
  const lanes = new Array(concurrency);
  probe.read(0, false);
  for (let l = 0; l < concurrency; l++) lanes[l] = lane();
  await Promise.all(lanes);
  probe.read(endOffset, true);
  return value;`;

const AWAIT = 'value = await run(i);';
// A closed loop: an operation starts when its lane's previous one ended, so no intended start time is missed
// and nothing is corrected. The three calls into the probe cost both arms about 0.1 us an operation.
const AWAIT_RECORDED = `const start = probe.now();
      value = await run(i);
      probe.latencyRecord(arm, probe.now() - start);`;

/** Operations that something outside of the process asks for. */
const WHOLE = `
  probe.read(0, false);
  const value = await run(first, operations);
  probe.read(endOffset, true);
  return value;`;

/**
 * @param {{ arm: number, body: { run?: (i: number) => unknown, slice?: Function }, clock: import('./clock.mjs').Clock,
 *   kind: 'sync' | 'async', concurrency: number, latency: boolean,
 *   canary?: { inject?: (units: number) => void, period: number, units: number } }} options a canary is in the loop
 *   once it has an `inject`
 * @returns {(first: number, operations: number) => unknown} runs one slice and returns the last value
 *   (a promise of it for asynchronous bodies); the clock holds what it cost
 */
export function compileLoop({ arm, body, clock, kind, concurrency, latency, canary }) {
  const slowDown = canary?.inject ? SLOW_DOWN : '';
  const operation = latency ? AWAIT_RECORDED : AWAIT;
  const loop = body.slice ? WHOLE : kind === 'sync' ? synchronous(slowDown) : asynchronous(operation, slowDown);
  const source = `'use strict';
return ${kind === 'sync' ? '' : 'async '}function slice_of_arm_${arm}(first, operations) {${loop}
};`;
  const names = ['run', 'probe', 'endOffset', 'concurrency', 'arm', 'inject', 'mask', 'canary'];
  const values = [body.slice ?? body.run, clock.probe, clock.endOffset, concurrency, arm, canary?.inject, canary?.period - 1, canary];
  return new Function(...names, source)(...values);
}
