// Runs generated cases in both worlds and compares their outcomes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { worlds } from '../world.mjs';
import { argument } from './arguments.mjs';
import { fc } from './packages.mjs';
import { outcomeOf } from './run.mjs';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** Cases of a function: 500 in CI, and as many as the nightly script says. */
const CASES = Number(process.env.PORTLAB_CASES ?? 500);
/** `seed` or `seed:path`, as a failure prints it. */
const [seed = String(Date.now() | 0), replayed] = process.env.PORTLAB_SEED?.split(/:(.*)/) ?? [];
/** A file for the case that is about to run: what to look at when the process has ended with it. */
const LAST_CASE = process.env.PORTLAB_LAST_CASE;

// Deprecations are told once a process, so only the first world would hear of them.
process.removeAllListeners('warning');
process.on('warning', () => {});

/**
 * A test of a function: as many cases as there have to be, each of them run in the native world and in the port's.
 * @param {string} name What the test is called.
 * @param {fc.Arbitrary<import('./arguments.mjs').Argument>[]} parameters
 * @param {(run: import('./run.mjs').Run, args: unknown[], form: string) => unknown} call
 * @param {{ forms?: string[], callback?: boolean | 'always', exact?: boolean, unless?: (texts: string[]) => boolean, masked?: (outcome: object) => object }} [options]
 *   `forms` is handed to `call`, one a case. `callback` appends one, and now and then none or what is none, unless it says
 *   "always". `unless` leaves a case out, by the texts of its arguments. `exact` keeps the arguments as they are: otherwise
 *   some are left out, and some are more than the function takes. `masked` takes out of an outcome what is random.
 */
export function compare(name, parameters, call, { forms = [''], callback = false, exact = false, unless = () => false, masked = (outcome) => outcome } = {}) {
  const shape = exact ? fc.constant(0) : fc.oneof({ weight: 10, arbitrary: fc.constant(0) }, fc.constantFrom(-1, -2, 1));
  const end = callback === 'always' ? fc.constant('callback') : callback ? fc.oneof({ weight: 25, arbitrary: fc.constant('callback') }, fc.constantFrom('none', 'wrong')) : fc.constant('none');
  const property = fc.asyncProperty(fc.tuple(...parameters), shape, end, fc.constantFrom(...forms), async (given, extent, last, form) => {
    const args = argumentsOf(given, extent, last);
    if (unless(args.map((arg) => arg.text))) return;
    const text = `${form && `${form} `}${name}(${args.map((arg) => arg.text).join(', ')})`;
    if (LAST_CASE !== undefined) writeFileSync(LAST_CASE, text);
    const native = masked(await outcomeOf(worlds.native, args, (run, values) => call(run, values, form), callback !== false || form === 'callback'));
    const port = masked(await outcomeOf(worlds.port, args, (run, values) => call(run, values, form), callback !== false || form === 'callback'));
    if (JSON.stringify(native) !== JSON.stringify(port)) assert.deepEqual(port, native, text);
  });
  test(name, async (t) => {
    t.diagnostic(`seed ${seed}`);
    const details = await fc.check(property, { numRuns: CASES, seed: Number(seed), path: replayed });
    if (!details.failed) return;
    const file = path.relative(root, process.argv[1]);
    const replay = `PORTLAB_SEED=${details.seed}:${details.counterexamplePath} node --test --test-name-pattern='^${name}$' ${file}`;
    assert.fail(`${details.errorInstance?.message ?? 'a case did not end'}\nafter ${details.numRuns} cases and ${details.numShrinks} simplifications; once more with\n${replay}`);
  });
}

const callbackArgument = argument('callback', (run) => run.callback());
const wrongCallback = argument("'no callback'", () => 'no callback');
const more = argument("'one too many'", () => 'one too many');

function argumentsOf(given, extent, last) {
  const args = extent < 0 ? given.slice(0, Math.max(0, given.length + extent)) : [...given];
  if (last === 'callback') args.push(callbackArgument);
  if (last === 'wrong') args.push(wrongCallback);
  if (extent > 0) args.push(more);
  return args;
}
