/**
 * The timed loops. Each arm gets its own, compiled from its own source text: one shared function would share
 * type feedback and optimised code between arms, and V8 answers equal source text with the same function.
 */

const SYNC = `
  const end = first + operations;
  let value;
  probe.read(0, false);
  for (let i = first; i < end; i++) value = run(i);
  probe.read(endOffset, true);
  return value;`;

const asynchronous = (operation) => `
  const end = first + operations;
  let next = first;
  let value;
  async function lane() {
    while (next < end) {
      const i = next++;
      ${operation}
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

/**
 * @param {{ arm: number, run: (i: number) => unknown, clock: import('./clock.mjs').Clock,
 *   kind: 'sync' | 'async', concurrency: number, latency: boolean }} options
 * @returns {(first: number, operations: number) => unknown} runs one slice and returns the last value
 *   (a promise of it for asynchronous bodies); the clock holds what it cost
 */
export function compileLoop({ arm, run, clock, kind, concurrency, latency }) {
  const body = kind === 'sync' ? SYNC : asynchronous(latency ? AWAIT_RECORDED : AWAIT);
  const source = `'use strict';
return ${kind === 'sync' ? '' : 'async '}function slice_of_arm_${arm}(first, operations) {${body}
};`;
  const names = ['run', 'probe', 'endOffset', 'concurrency', 'arm'];
  return new Function(...names, source)(run, clock.probe, clock.endOffset, concurrency, arm);
}
