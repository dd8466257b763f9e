// The same script on the native world and on the port's, in one process.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { makeWorld } = require('../../../shims/internal-binding/index.js');
const staged = fileURLToPath(new URL('../../../.portlab/stage/streams/port.json', import.meta.url));
assert.ok(existsSync(staged), `${staged} is absent: run scripts/test, which builds and stages the port`);

export const port = JSON.parse(readFileSync(staged, 'utf8'));
const world = { builtin: port.world.builtin, bindings: Object.keys(port.bindings), fresh: port.world.fresh };
export const native = makeWorld(world);
export const ported = makeWorld({ ...world, port });

/**
 * Runs a script on both worlds, proves that it reached the port, and compares what it tells.
 * @param {(world: object) => Promise<unknown>} script
 * @returns {Promise<unknown>} What both told.
 */
export async function same(script) {
  const theirs = await script(native);
  const before = ported.portCalls();
  const mine = await script(ported);
  assert.ok(ported.portCalls() > before, 'the script did not reach the port');
  assert.deepEqual(mine, theirs);
  return mine;
}
