/**
 * Counts instructions instead of time: the host runs under callgrind, which sees what lies between two requests of
 * the probe. Everything here is a fixed number of operations, since a clock would make each run another one.
 */
import { JobError } from './messages.mjs';
import { runSlice } from './slices.mjs';

/** Slices before the one that counts. V8 then has optimised what it will: the runner's flags make it do so at once. */
const WARM_UP_SLICES = 8;

/**
 * Runs one slice of the job's only arm between the probe's requests.
 * @param {object} job whose `instructions` says how many operations to count
 * @param {import('./arms.mjs').LoadedArm} arm
 * @param {import('./clock.mjs').Clock} clock
 */
export async function countInstructions(job, arm, clock) {
  const operations = Math.max(job.concurrency, Math.min(job.instructions, arm.body.mostOperations ?? Infinity));
  for (let slice = 0; slice < WARM_UP_SLICES; slice++) await runSlice(job, arm, operations);
  const { loop } = arm;
  arm.loop = (...slice) => {
    if (!clock.probe.count(true)) throw new JobError('instructions are counted under callgrind only');
    const result = loop(...slice);
    if (job.kind === 'sync') {
      clock.probe.count(false);
      return result;
    }
    return result.finally(() => clock.probe.count(false));
  };
  await runSlice(job, arm, operations);
  return operations;
}
