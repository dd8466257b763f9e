// One call in one world: its arguments are made, it is called in a furnished place, and everything it did is recorded.
import fs from 'node:fs';
import path from 'node:path';
import { worlds } from '../world.mjs';
import { comparable } from './outcome.mjs';
import { descriptors, look, restore, standing } from './place.mjs';

/** What a call needs besides its arguments: descriptors that it may use, callbacks that remember. */
export class Run {
  #opened = [];
  #handles = [];
  /** Everything that happened, in order. */
  log = [];
  /** Settled by the first call of a callback. */
  called = Promise.withResolvers();
  /** Whether there is a callback among the arguments. */
  hasCallback = false;

  constructor(world) {
    this.world = world;
  }

  /** A descriptor that stands at `at`. */
  open(name, flags, at) {
    const fd = fs.openSync(name, flags);
    this.#opened.push(fd);
    if (at > 0) fs.readSync(fd, Buffer.alloc(at), 0, at, null);
    return fd;
  }

  /** A FileHandle of this world. */
  async handle(name, flags) {
    const handle = await this.world.module.promises.open(name, flags);
    this.#handles.push({ handle, fd: handle.fd });
    return handle;
  }

  /** A callback that remembers how it was called. */
  callback() {
    this.hasCallback = true;
    const { log, called } = this;
    return function callback(...args) {
      const receiver = isFeature || this === undefined || this === globalThis ? 'none' : (this.constructor?.name ?? this);
      log.push(['called', receiver, args.map((arg) => comparable(arg)), stackOf(args[0])]);
      called.resolve(args[1]);
    };
  }

  /** Another function among the arguments, which remembers and answers. */
  listener(name, answer) {
    const { log } = this;
    return (...args) => {
      log.push([name, args.map((arg) => comparable(arg))]);
      return answer?.(...args);
    };
  }

  /** Where the descriptors stand that the call was given; undefined where they are closed. */
  standings() {
    return this.#opened.map(standing);
  }

  async close(result) {
    for (const one of [result, ...this.#handles.map(({ handle }) => handle)]) {
      if (typeof one?.close === 'function') await Promise.resolve(one.close()).catch(() => {});
    }
    for (const fd of this.#opened) if (standing(fd) !== undefined) fs.closeSync(fd);
    await this.#closed();
  }

  /**
   * A handle that a stream has closed says so while a thread still has to do it, and says it no more when it is done. Until
   * then its descriptor's number must not be given to anybody else.
   */
  async #closed() {
    for (const { handle, fd } of this.#handles) {
      for (let turns = 0; handle.fd === -1 && standing(fd) !== undefined && turns < MOST_TURNS; turns++) await turn();
    }
  }
}

export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Turns of the event loop after which nothing more comes of a stream: some natively neither end nor close. */
export const MOST_TURNS = 20_000;

const here = path.dirname(import.meta.url);

/**
 * Frames that only the port has: of the function that hands a native function one of the port's requests, and of what
 * walks a batch of completions (the gap "stacks of rejections that run in a batch" in port.toml).
 */
const ofThePort = /async-context\.js|completions\.js|connection\.js|file-jobs\.js|at runNextTicks|processTicksAndRejections/;

/** A feature puts functions of its own in the place of lib's, calls lib's where it leaves a case to them, and has no step to wait for. */
const isFeature = (process.env.PORTLAB_FEATURES ?? '') !== '';
const ofTheFeature = /one-hop|at async /;

/** What a stack says until it comes to the tests. */
function stackOf(error) {
  if (!(error instanceof Error)) return undefined;
  const lines = String(error.stack).split('\n');
  const end = lines.findIndex((line) => line.includes(here));
  const ours = (end === -1 ? lines : lines.slice(0, end))
    .filter((line) => !ofThePort.test(line))
    // The engine forgets it of a constructor that it has optimized, in each world at another time.
    .map((line) => line.replace(/^( +at )new /, '$1'));
  if (!isFeature) return ours;
  return ours.filter((line) => !ofTheFeature.test(line)).map((line) => line.replace(/ \[as \w+\]/, '').replace(/(at (?:async )?)Object\./, '$1'));
}

// The first request of a thread makes descriptors of its own; what is open after it stays open.
for (const { module } of Object.values(worlds)) await module.promises.stat('/');
const known = new Set(descriptors(new Set()).keys());

/**
 * Makes the arguments, calls, waits until all is done, and says what happened.
 * @param {object} world
 * @param {import('./arguments.mjs').Argument[]} given
 * @param {(run: Run, args: unknown[]) => unknown} call Calls the function. A promise is waited for.
 * @param {boolean} isCallback Whether the function calls the callback that is among the arguments.
 */
export async function outcomeOf(world, given, call, isCallback) {
  restore();
  const run = new Run(world);
  const args = [];
  for (const one of given) args.push(one.isAwaited ? await one.make(run) : one.make(run));
  const result = await perform(run, args, call, isCallback);
  const standings = run.standings();
  await run.close(result);
  const left = [];
  for (const [fd, of] of descriptors(known)) {
    left.push([fd, of]);
    fs.closeSync(fd);
  }
  return { happened: run.log, args: args.map((arg) => comparable(arg)), standings, left, tree: look() };
}

async function perform(run, args, call, isCallback) {
  const { log } = run;
  let result;
  try {
    result = call(run, args);
  } catch (error) {
    log.push(['threw', comparable(error), stackOf(error)]);
    return undefined;
  }
  if (result instanceof Promise) {
    try {
      // Promisified functions may take one of their arguments for the callback, and then never settle.
      result = await (run.hasCallback ? Promise.race([result, run.called.promise]) : result);
      log.push(['resolved', comparable(result)]);
    } catch (error) {
      log.push(['rejected', comparable(error), stackOf(error)]);
      return undefined;
    }
  } else {
    log.push(['returned', comparable(result)]);
  }
  if (!isCallback || !run.hasCallback) return result;
  result = await run.called.promise;
  // A second call would come in a later turn.
  await turn();
  return result;
}
