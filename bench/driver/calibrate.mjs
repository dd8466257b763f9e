/** How many operations make a slice, and when the arms are warm. */
import { decidingTime, runSlice } from './slices.mjs';

/** More would only be reached by a body that does nothing at all. */
const MOST_OPERATIONS = 2 ** 24;
/** The slowest arm's slice may take this many times the asked-for time. */
const SLOWEST_FACTOR = 4;
/** A slice of concurrent lanes ramps up and drains: every lane runs at least this many operations. */
const LEAST_OPERATIONS_PER_LANE = 4;
const LEAST_WARM_UP_ROUNDS = 3;
const MOST_WARM_UP_ROUNDS = 12;
/** Every arm runs for at least this long if the most rounds allow it: V8 optimises in the background. */
const LEAST_WARM_UP_NS = 20e6;
/** An arm is warm when its last slice is not faster than the one before by more than this. */
const SETTLED = 0.03;

/**
 * The number of operations for every arm's slices: the fastest arm fills `slice_ns`, unless the slowest
 * would then take more than {@link SLOWEST_FACTOR} times that.
 * @param {number[]} operationTimes nanoseconds of one operation, by arm
 * @param {number} sliceNs
 * @param {number} lanes operations in flight at once
 * @param {number} [most] what a body can prepare for one slice
 * @param {number} [least] what a body needs in one slice
 * @returns {number}
 */
export function operationsPerSlice(operationTimes, sliceNs, lanes, most = MOST_OPERATIONS, least = 1) {
  const fastest = Math.max(Math.min(...operationTimes), 0.1);
  const slowest = Math.max(...operationTimes, fastest);
  const wanted = Math.ceil(sliceNs / fastest);
  const bearable = Math.floor((SLOWEST_FACTOR * sliceNs) / slowest);
  const leastOfLanes = lanes === 1 ? 1 : LEAST_OPERATIONS_PER_LANE * lanes;
  return Math.max(least, leastOfLanes, Math.min(wanted, bearable, most));
}

function leastOperations(arms) {
  return Math.max(1, ...arms.map((arm) => arm.body.leastOperations ?? 1));
}

function mostOperations(arms) {
  return Math.min(MOST_OPERATIONS, ...arms.map((arm) => arm.body.mostOperations ?? MOST_OPERATIONS));
}

/** Nanoseconds of one operation, from a slice that is long enough for the clock. */
async function operationTime(job, arm, clock, most) {
  const enough = job.slice_ns / 8;
  for (let operations = job.concurrency; ; operations *= 2) {
    await runSlice(job, arm, operations);
    const time = decidingTime(job, clock);
    if (time >= enough || 2 * operations > most) return time / operations;
  }
}

/** The same number for arms that run in different processes: who is faster makes no more garbage. */
async function warmUpWith(job, arms, operations) {
  for (let round = 0; round < LEAST_WARM_UP_ROUNDS; round++) {
    for (const arm of arms) await runSlice(job, arm, operations);
  }
  return operations;
}

/**
 * Warms every arm up until its times settle (bounded) and says how many operations a slice has.
 * @returns {Promise<number>}
 */
export async function warmUp(job, arms, clock) {
  if (job.operations) return warmUpWith(job, arms, job.operations);
  const most = mostOperations(arms);
  const least = leastOperations(arms);
  let times = [];
  for (const arm of arms) times.push(await operationTime(job, arm, clock, most));
  let operations = operationsPerSlice(times, job.slice_ns, job.concurrency, most, least);
  const leastRounds = Math.max(LEAST_WARM_UP_ROUNDS, Math.ceil(LEAST_WARM_UP_NS / job.slice_ns));
  for (let round = 1; round <= MOST_WARM_UP_ROUNDS; round++) {
    const before = times;
    times = [];
    for (const arm of arms) {
      await runSlice(job, arm, operations);
      times.push(decidingTime(job, clock) / operations);
    }
    const settled = times.every((time, index) => time > before[index] * (1 - SETTLED));
    operations = operationsPerSlice(times, job.slice_ns, job.concurrency, most, least);
    if (settled && round >= leastRounds) break;
  }
  return operations;
}
