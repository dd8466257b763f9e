/** One slice of one arm, and whether it yielded the right value. */
import { isDeepStrictEqual } from 'node:util';
import { scavenge } from './heap.mjs';
import { JobError } from './messages.mjs';

/**
 * Runs `operations` operations of an arm, timed by the job's clock.
 * @returns {Promise<unknown>} the last value, as the definition states it
 * @throws {JobError} when the workload throws
 */
export async function runSlice(job, arm, operations) {
  const { next: first, body } = arm;
  arm.next += operations;
  try {
    await body.before?.(first, operations);
    scavenge();
    const result = arm.loop(first, operations);
    const yielded = job.kind === 'sync' ? result : await result;
    // Before anything is cleaned up: the value may be on the disk.
    const value = body.value ? body.value(yielded) : yielded;
    await body.after?.();
    return value;
  } catch (error) {
    throw new JobError(`${arm.what} failed (workload ${job.workload}):`, { cause: error });
  }
}

/**
 * @param {object} job
 * @param {unknown} value
 * @returns {boolean} whether the definition expects it
 */
export function isExpected(job, value) {
  return isDeepStrictEqual(value, job.expect);
}

/** The time of the last slice that decides: CPU of the process for synchronous work, else elapsed time. */
export function decidingTime(job, clock) {
  const { cpu_process_ns: cpu, wall_ns: wall } = clock.lastSlice();
  return job.kind === 'sync' ? cpu : wall;
}
