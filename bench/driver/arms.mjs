/**
 * Arms: a workload on a subject (a world, the host's own instance, or a whole addon).
 *
 * A workload is an ES module in bench/workloads/<module>/ that exports one function a level. It is called as
 * `level(ctx)` with
 *   binding   the binding named after the module, or the first one; for an addon arm the addon's exports
 *   bindings  all bindings of the world by name                         module    the module's public API
 *   stock     the host's own instance of the module, for set-up         params    from the definition
 *   dir       a folder that all arms of the process share               armDir    a folder of this arm alone
 *   role      'baseline', 'candidate', 'twin' or 'stock'                collect   collects all garbage
 *   require   gives any builtin of the world: `require('http')`         tools     paths of the definition's tools
 * and returns `{ run(i), value?(result), before?(first, operations), after?(), teardown?() }`. `run` is the
 * operation: i counts the arm's operations from 0 and never restarts, so a body may alternate by it. What it
 * returns (or resolves to), or what `value` makes of that, is compared with the definition's `expect`; `value`
 * may look as closely as it likes. `before` prepares a slice that will run i from `first` on, `after` cleans up
 * behind it. Only `run` is timed. A body whose `before` costs more than its operations says with
 * `mostOperations` how many a slice may have, one whose shape needs a long slice how many it needs with
 * `leastOperations`.
 *
 * Work that is asked for from outside of the process has no `run`: it returns `{ slice(first, operations) }`, which has
 * that many operations done and resolves to the value. With `latencies()`, which resolves to a histogram and starts a
 * new one, it also says how long each took.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collect } from './heap.mjs';
import { JobError } from './messages.mjs';
import { compileLoop } from './loops.mjs';

const require = createRequire(import.meta.url);
const SHIMS = '../../shims/internal-binding/index.js';
const V8_GAP = '../../shims/v8-gap/index.js';

/**
 * @typedef {{ index: number, role: string, variant: string, ported: boolean, next: number,
 *   body: { run?: Function, slice?: Function, latencies?: () => Promise<string>, value?: Function, before?: Function, after?: Function, teardown?: Function },
 *   loop: Function, portCalls(): number, crossings?: () => number, copied?: () => number[] }} LoadedArm `portCalls` counts from set-up on
 */

/**
 * @param {object} job
 * @param {number} index position in `job.arms`
 * @param {import('./clock.mjs').Clock} clock
 * @returns {Promise<LoadedArm>}
 */
export async function loadArm(job, index, clock) {
  const arm = job.arms[index];
  const what = `the ${arm.role} arm (${arm.variant}) of ${job.benchmark}`;
  try {
    const subject = subjectOf(arm.source, job.world);
    const body = await loadBody(job, index, subject);
    const loop = compileLoop({ arm: index, body, clock, ...job });
    // A JavaScript half may call its addon while it is set up: only what comes after it proves anything.
    const setUp = subject.portCalls();
    return {
      index, role: arm.role, variant: arm.variant, next: 0, body, loop, what,
      ported: Boolean(arm.source.port), portCalls: () => subject.portCalls() - setUp, crossings: subject.crossings,
      copied: subject.copied,
    };
  } catch (error) {
    if (error instanceof JobError) throw error;
    throw new JobError(`${what} cannot be set up (workload ${job.workload}):`, { cause: error });
  }
}

async function loadBody(job, index, subject) {
  // A query of its own gives every arm its own instance of the workload, and so its own feedback.
  const workload = await import(`${pathToFileURL(job.workload)}?arm=${index}`);
  const factory = workload[job.level];
  if (typeof factory !== 'function') {
    throw new JobError(`${job.workload} exports no function '${job.level}', which the definition of ` +
      `${job.benchmark} lists as a level; it exports ${Object.keys(workload).join(', ') || 'nothing'}`);
  }
  // Folder names of one length: a longer path would cost its arm more in every operation.
  const dir = join(job.scratch, 'shared');
  const armDir = join(job.scratch, `arm-${String(index).padStart(2, '0')}`);
  mkdirSync(dir, { recursive: true });
  mkdirSync(armDir, { recursive: true });
  const { params, tools = {}, arms: { [index]: { role } } } = job;
  const stock = job.world ? process.getBuiltinModule(job.world.builtin) : undefined;
  const body = await factory({ ...subject, stock, dir, armDir, params, role, collect, tools });
  if (typeof (body?.slice ?? body?.run) !== 'function') {
    throw new JobError(`'${job.level}' of ${job.workload} must return { run } or { slice }, not ${typeof body?.run}`);
  }
  if (body.slice && job.kind === 'sync') {
    throw new JobError(`'${job.level}' of ${job.workload} returns a slice, which is asynchronous: its kind is 'async'`);
  }
  return body;
}

function subjectOf(source, world) {
  switch (source.kind) {
    case 'stock': {
      const { internalBinding } = require(SHIMS).reach();
      const bindings = Object.fromEntries(world.bindings.map((name) => [name, internalBinding(name)]));
      return { ...named(bindings, world), module: process.getBuiltinModule(world.builtin), require: process.getBuiltinModule, portCalls: () => 0 };
    }
    case 'world': {
      const { loadPort, makeWorld } = require(SHIMS);
      const made = makeWorld({ ...world, port: source.port });
      // The same instance of the addon that the world is on.
      const addon = source.port ? loadPort({ ...source.port, bindings: world.bindings }).addon : undefined;
      return {
        ...named(made.bindings, world), module: made.module, require: made.require, portCalls: made.portCalls, crossings: addon?.crossings,
        copied: addon?.copied,
      };
    }
    case 'addon': {
      const addon = require(source.path);
      const binding = source.features?.includes('ext') ? addon.withExtensions(require(V8_GAP).table()) : addon;
      return { binding, bindings: {}, portCalls: addon.portCalls ?? (() => 0), crossings: addon.crossings, copied: addon.copied };
    }
    default:
      throw new JobError(`an arm's source is stock, world or addon, not '${source.kind}'`);
  }
}

function named(bindings, world) {
  return { bindings, binding: bindings[world.builtin] ?? bindings[world.bindings[0]] };
}
