'use strict';

const { reach } = require('./reach.js');
const { bindingNames, copyBinding, loadPort, nativeBinding } = require('./load-port.js');
const { SwapError } = require('./swap-error.js');

/**
 * A fresh instance of a builtin's JavaScript on bindings of its own.
 * @typedef {object} World
 * @property {any} module What `require(builtin)` would give.
 * @property {(id: string) => any} require Gives any builtin: this world's own of those that it has afresh.
 * @property {Record<string, object>} bindings What internalBinding(name) gave the fresh JavaScript.
 * @property {() => number} portCalls Calls that reached the port's addon since it was loaded; worlds on one
 *   addon share the count. 0 for a native world.
 */

/**
 * Makes a world. Node's own instance is neither used nor changed: the fresh JavaScript receives copies of the
 * binding objects, so that one process can hold a native and a ported instance side by side.
 *
 * A native world is a fresh instance too, and must be: comparing a fresh ported instance with the host's own
 * (deserialized from the startup snapshot) would measure the instances, not the bindings.
 * @param {object} options
 * @param {string} options.builtin The builtin that users require, such as `os`.
 * @param {string[]} options.bindings The names given to internalBinding that get a copy.
 * @param {string[]} options.fresh The builtins that are instantiated anew; all others are shared.
 * @param {import('./load-port.js').PortDescription | null} [options.port] Without one: the native bindings. Its
 *   `features` replace functions of the fresh builtins.
 * @returns {World}
 * @throws {SwapError}
 */
function makeWorld({ builtin, bindings: names, fresh, port = null }) {
  const internals = reach();
  checkBuiltins(internals, builtin, fresh);
  if (port?.bindings) checkBindings(port, names);
  const loaded = port && loadPort({ ...port, bindings: port.bindings ?? names });
  const instance = loaded?.instantiate();
  const bindings = Object.fromEntries(names.map((name) => [name, copyBinding(nativeBinding(name), instance?.overrides[name])]));
  // The host's own instances first: what they define on classes that all share, they define without tolerance.
  for (const id of fresh) internals.requireBuiltin(id);
  const requireFresh = freshRequire(internals, new Set(fresh), (name) =>
    Object.hasOwn(bindings, name) ? bindings[name] : internals.internalBinding(name),
  );
  const module = requireFresh(builtin);
  instance?.addFeatures(requireFresh);
  return { module, require: requireFresh, bindings, portCalls: loaded ? loaded.portCalls : () => 0 };
}

function checkBuiltins({ BuiltinModule }, builtin, fresh) {
  const unknown = [builtin, ...fresh].filter((id) => !BuiltinModule.map.has(id));
  if (unknown.length > 0) {
    throw new SwapError('PORTLAB_BUILTIN', `Node ${process.version} has no builtin ${unknown.join(', ')}: check [world] in port.toml`);
  }
  if (!fresh.includes(builtin)) {
    throw new SwapError('PORTLAB_BUILTIN', `[world] in port.toml must list its builtin '${builtin}' under fresh: it would be the host's own instance`);
  }
}

/**
 * Bindings of a port hand each other's objects around: a native one that is given a port's request takes it for one of
 * its own, and the process ends.
 */
function checkBindings(port, names) {
  const missing = bindingNames(port).filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new SwapError(
    'PORTLAB_BINDING',
    `a world of the port ${port.addon} needs all of its bindings, and ${missing.join(', ')} would stay native: ` +
      'give makeWorld every name under [bindings] in port.toml',
  );
}

/** The require of a world: fresh ids are compiled and run once for this world, others come from the host. */
function freshRequire({ compileFunction, requireBuiltin, primordials }, fresh, internalBinding) {
  const tolerant = tolerantPrimordials(primordials);
  const instances = new Map();
  const util = ownLazyProperties(requireBuiltin('internal/util'), fresh, requireFresh);
  return requireFresh;

  function requireFresh(id) {
    if (id === 'internal/util' && !fresh.has(id)) return util;
    if (!fresh.has(id)) return requireBuiltin(id);
    let instance = instances.get(id);
    if (instance === undefined) {
      instance = { exports: {}, id, filename: `${id}.js`, loaded: false };
      // Before it runs, since builtins may require each other in circles.
      instances.set(id, instance);
      compileFunction(id)(instance.exports, requireFresh, instance, process, internalBinding, tolerant);
      instance.loaded = true;
    }
    return instance.exports;
  }
}

/**
 * Builtins define properties that are required when they are first read (fs.opendir is one), by a function in C++ that
 * requires the host's own instance. In a world they come from the world's.
 */
function ownLazyProperties(util, fresh, requireFresh) {
  function defineLazyProperties(target, id, keys, enumerable = true) {
    if (!fresh.has(id)) {
      util.defineLazyProperties(target, id, keys, enumerable);
      return;
    }
    for (const key of keys) {
      const define = (value) => Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable });
      Object.defineProperty(target, key, {
        configurable: true,
        enumerable,
        get: () => define(requireFresh(id)[key])[key],
        set: define,
      });
    }
  }
  return Object.create(util, { defineLazyProperties: { value: defineLazyProperties } });
}

/**
 * Builtins define properties on objects that all instances share (prototypes of native classes, well-known
 * functions), and a second definition of a non-configurable one throws. The first definition stands.
 */
function tolerantPrimordials(primordials) {
  const { ObjectDefineProperty, ObjectGetOwnPropertyDescriptor, ReflectOwnKeys } = primordials;
  function defineProperty(target, key, descriptor) {
    try {
      return ObjectDefineProperty(target, key, descriptor);
    } catch (error) {
      if (ObjectGetOwnPropertyDescriptor(target, key)?.configurable === false) return target;
      throw error;
    }
  }
  function defineProperties(target, descriptors) {
    for (const key of ReflectOwnKeys(descriptors)) defineProperty(target, key, descriptors[key]);
    return target;
  }
  // The original is frozen and most of it is not enumerable, so it is copied as descriptors.
  const descriptors = Object.getOwnPropertyDescriptors(primordials);
  descriptors.ObjectDefineProperty.value = defineProperty;
  descriptors.ObjectDefineProperties.value = defineProperties;
  return Object.create(null, descriptors);
}

module.exports = { makeWorld, tolerantPrimordials };
