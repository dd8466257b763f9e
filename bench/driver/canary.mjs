/**
 * Canaries: a known slowdown of one arm, by which a calibration learns what the gate finds. The extra work is done by
 * the probe, in units whose cost is measured in this process, inside the timed loop of the arm; how much slower that
 * makes it beside the baseline than it was there without is measured, and corrected once. The baseline runs as many
 * slices meanwhile: V8 goes on optimising what runs longer.
 */
import { compileLoop } from './loops.mjs';
import { JobError } from './messages.mjs';
import { decidingTime, runSlice } from './slices.mjs';

/** The probe's function for each kind. */
const INJECTORS = { spin: 'spin', allocation: 'allocate', syscall: 'callSystem' };
/** Units in one call: a rounded number of them is within 1% of what was asked for, 3% once corrected. */
const LEAST_UNITS = 64;
/** A call's work: its crossing, up to 100 ns after a system call has emptied the caches, should hardly count. */
const LEAST_CALL_NS = 4000;
/** Units in the calls that are measured, for the same reason. */
const MEASURED_UNITS = 1024;
/** A unit's cost is measured over at least this long. */
const MEASURED_NS = 2e6;
/** The best of so many measurements: what disturbs one only makes it longer. */
const TRIES = 5;
/** Pairs of slices of both arms until V8, which optimises in the background, has optimised the new loop. */
const WARM_UP_PAIRS = 10;
/** Pairs in which the slowdown is measured, against as many without it. */
const PAIRS = 15;
/** No correction multiplies or divides by more: a disturbed measurement may say that there is no slowdown. */
const LARGEST_CORRECTION = 2;

/**
 * Makes an arm slower by `canary.slowdown` of what its operation takes now. It must be warm.
 * @param {object} job
 * @param {import('./arms.mjs').LoadedArm} arm
 * @param {import('./arms.mjs').LoadedArm} baseline
 * @param {number} operations of a slice
 * @param {import('./clock.mjs').Clock} clock
 */
export async function injectCanary(job, arm, baseline, operations, clock) {
  const { kind, slowdown } = job.canary;
  const name = INJECTORS[kind];
  if (!name || !(slowdown > 0 && slowdown <= 1)) {
    throw new JobError(`a canary has one of the kinds ${Object.keys(INJECTORS).join(', ')} and a slowdown above 0 ` +
      `and at most 1, not ${JSON.stringify(job.canary)}`);
  }
  if (arm.body.slice) {
    throw new JobError(`${job.benchmark} is done outside of the loop: there is no place in it for a canary`);
  }
  const inject = clock.probe[name];
  const plain = await pairs(PAIRS);
  const canary = { inject, ...schedule(slowdown * plain.operationNs, unitCost(inject, clock)) };
  arm.loop = compileLoop({ arm: arm.index, body: arm.body, clock, ...job, canary });
  await pairs(WARM_UP_PAIRS);
  // What a unit costs by itself is not what it costs inside the operation, whose caches and registers it takes.
  const achieved = (await pairs(PAIRS)).ratio / plain.ratio - 1;
  const correction = slowdown / Math.max(achieved, slowdown / LARGEST_CORRECTION);
  canary.units = Math.max(1, Math.round(canary.units * Math.max(correction, 1 / LARGEST_CORRECTION)));

  /** The arm's time over the baseline's, and what its operation takes, in neighbouring slices of both. */
  async function pairs(count) {
    const ratios = [];
    let operationNs = Infinity;
    for (let pair = 0; pair < count; pair++) {
      await runSlice(job, arm, operations);
      const own = decidingTime(job, clock);
      await runSlice(job, baseline, operations);
      ratios.push(own / decidingTime(job, clock));
      operationNs = Math.min(operationNs, own / operations);
    }
    return { ratio: ratios.sort((a, b) => a - b)[count >> 1], operationNs };
  }
}

/**
 * How often to inject how much: `units` every `period` operations (a power of two), so that an operation costs
 * `extraNs` more on average and a call brings enough units that rounding and the crossing hardly count.
 * @param {number} extraNs
 * @param {number} unitNs
 */
export function schedule(extraNs, unitNs) {
  const unitsPerOperation = extraNs / unitNs;
  const operations = Math.max(LEAST_UNITS / unitsPerOperation, LEAST_CALL_NS / extraNs);
  const period = 2 ** Math.max(0, Math.ceil(Math.log2(operations)));
  return { period, units: Math.max(1, Math.round(unitsPerOperation * period)) };
}

/** Nanoseconds of process CPU time that one unit takes. */
function unitCost(inject, clock) {
  let calls = 4;
  let best = Infinity;
  for (let attempt = 0; attempt < TRIES;) {
    clock.probe.read(0, false);
    for (let call = 0; call < calls; call++) inject(MEASURED_UNITS);
    clock.probe.read(clock.endOffset, true);
    const time = clock.lastSlice().cpu_process_ns;
    if (time < MEASURED_NS) {
      calls *= 2;
      continue;
    }
    best = Math.min(best, time / (calls * MEASURED_UNITS));
    attempt++;
  }
  return best;
}
