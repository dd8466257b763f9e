// A third world, on the port with its one-hop feature, and the forms in which an operation is asked for.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { comparable, readPort, worlds } from './world.mjs';

const require = createRequire(import.meta.url);
const { makeWorld } = require('../../../shims/internal-binding/index.js');
const port = readPort();

export const native = worlds.native.module;
const world = makeWorld({ ...port.world, bindings: Object.keys(port.bindings), port: { ...port, features: ['onehop'] } });
export const onehop = world.module;
export const { portCalls } = world;

/** The forms of an operation of one module: each takes arguments and resolves to a comparable outcome. */
export const forms = {
  promise: (module, name) => (...args) => settled(() => module.promises[name](...args)),
  callback: (module, name) => (...args) =>
    settled(() => new Promise((resolve, reject) => {
      module[name](...args, (...results) => (results[0] ? reject(results[0]) : resolve({ arguments: results.map(comparable) })));
    })),
  sync: (module, name) => async (...args) => settled(async () => module[`${name}Sync`](...args)),
};

async function settled(call) {
  try {
    return { resolved: comparable(await call()) };
  } catch (error) {
    return { rejected: comparable(error) };
  }
}

/** Everything in a tree that a copy or a removal can change. */
export function treeOf(root, times = false) {
  const stat = fs.lstatSync(root, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const own = { mode: stat.mode.toString(8), ...(times ? { mtime: stat.mtimeMs } : {}) };
  if (stat.isSymbolicLink()) return { link: fs.readlinkSync(root) };
  if (stat.isDirectory()) {
    return { ...own, entries: Object.fromEntries(fs.readdirSync(root).sort().map((name) => [name, treeOf(path.join(root, name), times)])) };
  }
  return stat.isFile() ? { ...own, content: fs.readFileSync(root, 'latin1') } : own;
}
