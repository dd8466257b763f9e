'use strict';

const { readFileSync } = require('fs');
const { countedCalls } = require('./counted-calls.js');
const { reach } = require('./reach.js');
const { bindingNames, loadPort, nativeBinding, replaceFunction } = require('./load-port.js');
const { SwapError } = require('./swap-error.js');
const { makeWorld, tolerantPrimordials } = require('./world.js');

const installed = new Set();
/** What shims/v8-gap says where it has no module for this Node. */
const NO_EXTENSIONS = 'ERR_PORTLAB_V8_GAP_ABSENT';

/**
 * What a port's JavaScript half may say about the swap of a whole process, as `module.exports.install`.
 * @typedef {object} InstallHooks
 * @property {{ on: 'native' | 'port', builtins: string[] }[]} [order] Builtins that copy classes of the bindings while
 *   they load, in the order in which they are to be loaded, and what they are to find there. One that hands objects of
 *   the bindings to native code must see the native classes. What is loaded already stays as it is.
 * @property {string[]} [replace] Builtins that copy functions or classes out of the binding while they load. One
 *   that is loaded already (from the startup snapshot) is run again on the changed binding.
 * @property {(context: import('./load-port.js').FeatureContext) => void} [installed] Called when the port is in place,
 *   for what must be changed in native classes that stay beside the port's.
 */

/**
 * Swaps a port in under the whole process (this thread): Node's own JavaScript then runs on it, the module
 * loader included. For conformance, never for benchmarks: it cannot be undone.
 *
 * In effect for code that is loaded later, also in workers and child processes when it was installed by
 * `NODE_OPTIONS=--require=…/install.js` with `PORTLAB_PORT=<port.json>[:<port.json>…]`, and
 * `PORTLAB_FEATURES=<feature>[,<feature>…]` for features that each of these ports has. Children with an IPC
 * channel load `net` before any --require; a port of bindings that net copies does not reach them.
 * @param {import('./load-port.js').PortDescription} port The parsed port.json.
 * @param {{countFunctions?: boolean, native?: boolean}} [options] `native` puts the native functions in place of the
 *   port's (PORTLAB_NATIVE=1): a control that shows which of them a test would reach.
 * @returns {{portCalls: () => number, calls: Record<string, number>}} `calls` counts by function, where
 *   asked for.
 * @throws {SwapError}
 */
function install(port, { countFunctions = false, native = false } = {}) {
  if (installed.has(port.addon)) throw new SwapError('PORTLAB_INSTALLED', `${port.addon} is installed in this process already`);
  const { requireBuiltin } = reach();
  const { loaded, instance } = native ? { loaded: loadPort(port) } : instantiate(port);
  const overrides = native ? nativeFunctions(port) : instance.overrides;
  const calls = { __proto__: null };
  const { order = [], replace = [], installed: whenInstalled } = loaded.hooks ?? {};
  const swap = swapper(port, (name) => (countFunctions ? countedCalls(port, name, overrides[name], calls) : overrides[name]));
  for (const { on, builtins } of order) {
    swap(on);
    for (const id of builtins) requireBuiltin(id);
  }
  swap('port');
  if (instance !== undefined) whenInstalled?.(instance.context(requireBuiltin));
  const again = replace.map(runAgain).filter((entry) => entry !== undefined);
  instance?.addFeatures(requireBuiltin, countFunctions ? countedReplacement(calls) : replaceFunction);
  for (const { entry, old } of again) publish(entry, old);
  installed.add(port.addon);
  return { portCalls: loaded.portCalls, calls };
}

/** Puts the port's properties, or the native ones, into the process's own binding objects. */
function swapper(port, overridesOf) {
  const bindings = bindingNames(port).map((name) => {
    const binding = nativeBinding(name);
    const ported = overridesOf(name);
    const native = Object.fromEntries(Object.keys(ported ?? {}).map((key) => [key, binding[key]]));
    return { binding, on: { native, port: ported } };
  });
  return (which) => {
    for (const { binding, on } of bindings) Object.assign(binding, on[which]);
  };
}

/**
 * Without the feature `ext` where there are no extensions for this Node, with a warning that says so: a process is better
 * off with the plain port. A world is measured, so there it is an error.
 */
function instantiate(port) {
  try {
    const loaded = loadPort(port);
    return { loaded, instance: loaded.instantiate() };
  } catch (error) {
    if (error.code !== NO_EXTENSIONS) throw error;
    process.emitWarning(`${error.message} The port ${port.addon} is installed without them.`, { code: NO_EXTENSIONS });
    return instantiate({ ...port, features: port.features.filter((name) => name !== 'ext') });
  }
}

/** In place of the port's functions the native ones, to count what a test would reach. What is no function may be read-only. */
function nativeFunctions(port) {
  const functionsOf = (binding) => Object.fromEntries(Object.entries(binding).filter(([, value]) => typeof value === 'function'));
  return Object.fromEntries(bindingNames(port).map((name) => [name, functionsOf(nativeBinding(name))]));
}

/** Counts the calls of what features replace, by the names of users. */
function countedReplacement(calls) {
  return (target, key, replacement, name = key) => {
    calls[name] = 0;
    const counted = function () {
      calls[name]++;
      return Reflect.apply(replacement, this, arguments);
    };
    replaceFunction(target, key, counted);
  };
}

/** Runs a loaded builtin once more; who requires it from now on gets the new exports. */
function runAgain(id) {
  const { BuiltinModule, compileFunction, internalBinding, requireBuiltin } = reach();
  const entry = BuiltinModule.map.get(id);
  if (entry === undefined) {
    throw new SwapError('PORTLAB_BUILTIN', `Node ${process.version} has no builtin ${id}: check install.replace in the port's JavaScript half`);
  }
  if (!entry.loaded) return undefined;
  const instance = { exports: {}, id, loaded: false };
  compileFunction(id)(instance.exports, requireBuiltin, instance, process, internalBinding, tolerantPrimordials(reach().primordials));
  const { exports: old } = entry;
  entry.exports = instance.exports;
  return { entry, old };
}

/** Puts the functions of a builtin that was run again where everyone finds the old ones. */
function publish(entry, old) {
  const { exports: fresh } = entry;
  // Modules that are loaded keep the old object: it gets the new functions. Its classes and getters stay, so that
  // instanceof holds across both.
  for (const key of Reflect.ownKeys(fresh)) {
    const after = Object.getOwnPropertyDescriptor(fresh, key);
    const before = Object.getOwnPropertyDescriptor(old, key);
    if (typeof after.value !== 'function' || typeof before?.value !== 'function' || !before.writable || /^[A-Z_]/.test(String(key))) continue;
    old[key] = after.value;
  }
  if (entry.module !== undefined) {
    // import was faster: its facade copied the old functions.
    entry.syncExports();
    entry.module.setExport('default', fresh);
  }
}

/** Writes lines with an instance of fs on the native binding: tests replace functions of the host's. */
function appender(file) {
  const { writeFileSync } = makeWorld({ builtin: 'fs', bindings: ['fs'], fresh: ['fs'] }).module;
  // With an encoding this is one write, and depends least on what a test has done to the language.
  return (line) => writeFileSync(file, `${line}\n`, { encoding: 'utf8', flag: 'a' });
}

/** The counts that are not 0: there are tests that may write no more than half a kilobyte to any file. */
function called(calls) {
  const counts = { __proto__: null };
  // A test may have deleted the iterator of arrays.
  for (const name in calls) if (calls[name] > 0) counts[name] = calls[name];
  return counts;
}

function installFromEnvironment({ PORTLAB_PORT, PORTLAB_FEATURES, PORTLAB_CALLS, PORTLAB_NATIVE }) {
  const append = PORTLAB_CALLS ? appender(PORTLAB_CALLS) : undefined;
  for (const path of PORTLAB_PORT.split(':')) {
    let port;
    try {
      port = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new SwapError('PORTLAB_PORT', `PORTLAB_PORT names ${path}, which cannot be read: ${error.message}. Build the ports with \`scripts/lab build\``, error);
    }
    if (PORTLAB_FEATURES) port.features = PORTLAB_FEATURES.split(',');
    const result = install(port, { countFunctions: append !== undefined, native: PORTLAB_NATIVE === '1' });
    // <pid> <module> <calls that reached the addon> <calls by function, without the module loader's, as JSON>
    if (append) process.on('exit', () => append(`${process.pid} ${port.module} ${result.portCalls()} ${JSON.stringify(called(result.calls))}`));
  }
}

if (process.env.PORTLAB_PORT) installFromEnvironment(process.env);

module.exports = { install };
