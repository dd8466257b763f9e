/** A job from its first message to its last. */
import { loadArm } from './arms.mjs';
import { warmUp } from './calibrate.mjs';
import { injectCanary } from './canary.mjs';
import { Clock } from './clock.mjs';
import { countInstructions } from './instructions.mjs';
import { JobError, presentable } from './messages.mjs';
import { generator, shuffled } from './random.mjs';
import { isExpected, runSlice } from './slices.mjs';

/** The one version of the wire format that this driver speaks. */
const SCHEMA_VERSION = 1;
/** Operations whose every value is checked before anything is measured. */
const CHECKED_OPERATIONS = 10;
/** Operations over which a counting build counts its crossings, for each lane. */
const COUNTED_OPERATIONS = 100;

/**
 * @param {object} job
 * @param {(messages: object[]) => void} send called between rounds, never inside a slice
 */
export async function runJob(job, send) {
  if (job.schema_version !== SCHEMA_VERSION) {
    throw new JobError(`this driver speaks schema version ${SCHEMA_VERSION}, the job has ${job.schema_version}`);
  }
  const clock = new Clock(job.probe);
  const arms = [];
  for (let index = 0; index < job.arms.length; index++) arms.push(await loadArm(job, index, clock));
  for (const arm of arms) await check(job, arm, send);
  // Every arm is loaded and checked before any warms up, so that all meet the same heap and caches.
  let operations = job.rounds > 0 ? await warmUp(job, arms, clock) : 0;
  if (job.instructions) operations = await countInstructions(job, arms[0], clock);
  const slowed = job.canary && job.rounds > 0 && arms.find((arm) => arm.role === 'candidate');
  if (slowed) {
    await injectCanary(job, slowed, arms.find((arm) => arm.role === 'baseline'), operations, clock);
  }
  if (job.latency) await latencies(arms, clock);
  send([{
    type: 'ready',
    host_version: process.version,
    operations: Object.fromEntries(arms.map((arm) => [arm.role, operations])),
    counters: clock.counters,
  }]);
  await measure(job, arms, operations, clock, send);
  const crossings = {};
  const copied = {};
  for (const arm of arms) {
    if (!arm.crossings) continue;
    const counted = await countCrossings(job, arm);
    crossings[arm.role] = counted.crossings;
    copied[arm.role] = counted.copied;
  }
  const histograms = job.latency && job.rounds > 0 ? await latencies(arms, clock) : [];
  const portCalls = Object.fromEntries(arms.filter((arm) => arm.ported).map((arm) => [arm.role, arm.portCalls()]));
  const maxRss = clock.probe.maxRss();
  for (const arm of arms) await arm.body.teardown?.();
  send([...histograms, { type: 'done', max_rss_bytes: maxRss, port_calls: portCalls, crossings, copied }]);
}

/** What each arm's operations took since the last call. */
async function latencies(arms, clock) {
  const messages = [];
  for (const { role, index, body } of arms) {
    messages.push({ type: 'latency', role, histogram: await (body.latencies?.() ?? clock.probe.latencyTake(index)) });
  }
  return messages;
}

/** Runs a few operations one by one and looks at every value; a port must have been reached by then. */
async function check(job, arm, send) {
  for (let operation = 0; operation < CHECKED_OPERATIONS; operation++) {
    const value = await runSlice(job, arm, 1);
    if (!isExpected(job, value)) {
      send([rejection(job, arm, 0, value)]);
      throw new JobError(`${arm.what} yields a wrong value before anything was measured ` +
        `(workload ${job.workload}): ${JSON.stringify(presentable(value))} instead of ${JSON.stringify(job.expect)}`);
    }
  }
  if (arm.ported && !(arm.portCalls() > 0)) {
    throw new JobError(`the swap was never reached: ${CHECKED_OPERATIONS} operations of ${arm.what} made no call ` +
      `into ${job.arms[arm.index].source.port.addon}. Either the level '${job.level}' does not use a function ` +
      'that the port serves (see its port.toml), or the world was built on the native binding');
  }
}

async function measure(job, arms, operations, clock, send) {
  const random = generator(job.seed);
  for (let round = 0; round < job.rounds; round++) {
    const messages = [];
    const order = shuffled(arms, random);
    for (let position = 0; position < order.length; position++) {
      const arm = order[position];
      const value = await runSlice(job, arm, operations);
      messages.push(isExpected(job, value)
        ? { type: 'sample', role: arm.role, round, position, operations, ...clock.lastSlice() }
        : rejection(job, arm, round, value));
    }
    send(messages);
  }
}

function rejection(job, arm, round, value) {
  return { type: 'rejected', role: arm.role, round, expected: job.expect, actual: presentable(value) };
}

/** What a counting build counts, an operation. */
async function countCrossings(job, arm) {
  const before = arm.crossings();
  // Asking costs crossings too: what two questions in a row differ by is the question's own share.
  const question = arm.crossings() - before;
  const copiedBefore = arm.copied();
  const start = arm.crossings();
  const operations = COUNTED_OPERATIONS * job.concurrency;
  await runSlice(job, arm, operations);
  const crossings = (arm.crossings() - start - question) / operations;
  const [strings, bytes, callbacks] = arm.copied().map((count, index) => (count - copiedBefore[index]) / operations);
  return { crossings, copied: { strings, bytes, callbacks } };
}
