// Two worlds, one on the native binding and one on the port, and what to compare of an outcome.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../../', import.meta.url));
export const portPath = process.env.PORTLAB_PORT_FS ?? path.join(root, '.portlab/stage/fs/port.json');
export const major = Number(process.versions.node.split('.')[0]);

/** @returns {object} The staged port's description. */
export function readPort() {
  try {
    return JSON.parse(fs.readFileSync(portPath, 'utf8'));
  } catch (cause) {
    throw new Error(`${portPath} cannot be read: build and stage the port with \`scripts/lab build\`, or name its port.json in PORTLAB_PORT_FS`, { cause });
  }
}

// PORTLAB_FEATURES=onehop compares a variant of the port.
const port = { ...readPort(), features: process.env.PORTLAB_FEATURES ? process.env.PORTLAB_FEATURES.split(',') : [] };
const { makeWorld } = require('../../../shims/internal-binding/index.js');
const { builtin, fresh } = port.world;
const bindings = Object.keys(port.bindings);

/** The two worlds: `native` and `port`, each with `module` and `binding`. */
export const worlds = Object.fromEntries(
  [['native', null], ['port', port]].map(([name, description]) => {
    const world = makeWorld({ builtin, fresh, bindings, port: description });
    return [name, { ...world, binding: world.bindings.fs }];
  }),
);

/** @returns {string} A new folder, removed when the test ends. */
export function scratch(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portlab-fs-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * What can be compared of a value: arrays as arrays, with their class; errors with everything that they say.
 * @param {unknown} value
 */
export function comparable(value) {
  if (value instanceof Error) {
    const properties = Object.entries(value).map(([key, entry]) => [key, comparable(entry)]);
    return { class: Object.getPrototypeOf(value).name, message: value.message, properties };
  }
  if (ArrayBuffer.isView(value)) return { class: value.constructor.name, elements: Array.from(value, String) };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === 'bigint') return `${value}n`;
  if (value !== null && typeof value === 'object' && typeof value.fd === 'number') return { handle: value.fd >= 0 };
  return value;
}

/** Calls and catches. @returns {{ returned: unknown } | { threw: unknown }} */
export function sync(call) {
  try {
    return { returned: comparable(call()) };
  } catch (error) {
    return { threw: comparable(error) };
  }
}

/** Calls a binding's function with a request; waits for oncomplete. */
export async function callback(binding, name, before, after = [], bigint = false) {
  try {
    const { outcome, result } = await new Promise((resolve, reject) => {
      const req = new binding.FSReqCallback(bigint);
      req.oncomplete = function (...args) {
        resolve({ outcome: { called: comparable(args), receiver: this === req }, result: args[1] });
      };
      try {
        binding[name](...before, req, ...after);
      } catch (error) {
        reject(error);
      }
    });
    if (typeof result?.close === 'function') await result.close();
    return outcome;
  } catch (error) {
    return { threw: comparable(error) };
  }
}

/** Calls a binding's function for a promise. */
export async function promise(binding, name, before, after = []) {
  try {
    const result = await binding[name](...before, binding.kUsePromises, ...after);
    const outcome = { resolved: comparable(result) };
    if (typeof result?.close === 'function') await result.close();
    return outcome;
  } catch (error) {
    return { rejected: comparable(error) };
  }
}
