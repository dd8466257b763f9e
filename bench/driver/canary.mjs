/**
 * Canaries: a known slowdown of one arm, by which a calibration learns what the gate finds. The extra work is done by
 * the probe, in units whose cost is measured in this process, inside the timed loop of the arm; how much slower that
 * makes it is measured against the loop without it, and corrected.
 */
import { compileLoop } from './loops.mjs';
import { JobError } from './messages.mjs';
import { decidingTime, runSlice } from './slices.mjs';

/** The probe's function for each kind. */
const INJECTORS = { spin: 'spin', allocation: 'allocate', syscall: 'callSystem' };
/** Units in one call: a rounded number of them is within 3% of what was asked for. */
const LEAST_UNITS = 16;
/** A call's work: its crossing, up to 100 ns after a system call has emptied the caches, should hardly count. */
const LEAST_CALL_NS = 4000;
/** Units in the calls that are measured, for the same reason. */
const MEASURED_UNITS = 1024;
/** A unit's cost is measured over at least this long. */
const MEASURED_NS = 2e6;
/** The best of so many measurements: what disturbs one only makes it longer. As many slices warm a loop up. */
const TRIES = 5;
/** How often the slowdown is measured against the plain loop and corrected, in how many pairs of slices. */
const CORRECTIONS = 2;
const PAIRS = 15;
/** No correction multiplies or divides by more: a disturbed measurement may say that there is no slowdown. */
const LARGEST_CORRECTION = 2;

/**
 * Makes an arm slower by `canary.slowdown` of what its operation takes now. It must be warm.
 * @param {object} job
 * @param {import('./arms.mjs').LoadedArm} arm
 * @param {number} operations of a slice
 * @param {import('./clock.mjs').Clock} clock
 */
export async function injectCanary(job, arm, operations, clock) {
  const { kind, slowdown } = job.canary;
  const name = INJECTORS[kind];
  if (!name || !(slowdown > 0 && slowdown <= 1)) {
    throw new JobError(`a canary has one of the kinds ${Object.keys(INJECTORS).join(', ')} and a slowdown above 0 ` +
      `and at most 1, not ${JSON.stringify(job.canary)}`);
  }
  if (arm.body.slice) {
    throw new JobError(`${job.benchmark} is done outside of the loop: there is no place in it for a canary`);
  }
  const plain = arm.loop;
  const inject = clock.probe[name];
  const slow = (extraNs) => compileLoop({
    arm: arm.index, body: arm.body, clock, ...job, canary: { inject, ...schedule(extraNs, unitNs) },
  });
  const unitNs = unitCost(inject, clock);
  const operationNs = Math.min(...await times(TRIES, plain));
  // What a unit costs by itself is not what it costs inside the operation, whose caches and registers it takes.
  let extraNs = slowdown * operationNs;
  for (let correction = 0; correction < CORRECTIONS; correction++) {
    const achieved = Math.max(await slowdownBy(slow(extraNs)), slowdown / LARGEST_CORRECTION);
    extraNs *= Math.max(slowdown / achieved, 1 / LARGEST_CORRECTION);
  }
  arm.loop = slow(extraNs);
  // The new loop warms up as the old one did.
  await times(TRIES, arm.loop);

  /** Nanoseconds an operation takes, slice by slice. */
  async function times(slices, loop) {
    arm.loop = loop;
    const found = [];
    for (let slice = 0; slice < slices; slice++) {
      await runSlice(job, arm, operations);
      found.push(decidingTime(job, clock) / operations);
    }
    return found;
  }

  /** By which part of the plain loop's time a loop is slower, in pairs of neighbouring slices. */
  async function slowdownBy(loop) {
    await times(TRIES, loop);
    const found = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const [slower] = await times(1, loop);
      const [usual] = await times(1, plain);
      found.push(slower / usual - 1);
    }
    return found.sort((a, b) => a - b)[PAIRS >> 1];
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
