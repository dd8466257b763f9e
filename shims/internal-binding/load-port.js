'use strict';

const fs = require('fs');
const { reach } = require('./reach.js');
const { SwapError } = require('./swap-error.js');

/** Addons by path: all worlds of a thread share one instance. */
const addons = new Map();

/**
 * A port as the runner describes it: the parsed `port.json` of a staged port, or an arm of a job.
 * @typedef {object} PortDescription
 * @property {string} addon Absolute path of the `.node` file.
 * @property {string | null} [js] Absolute path of the JavaScript half (an arm of a job).
 * @property {string | null} [js_path] The same (port.json, whose `js` is relative to the port's folder).
 * @property {number[]} node_majors The Node majors on which the port was tested.
 * @property {string} [module] The port's name.
 * @property {string[]} [features] What of the port beyond its bindings is switched on, such as `onehop`.
 * @property {string[] | Record<string, {functions: Record<string, {status: string, node_majors?: number[]}>}>} bindings
 *   The names given to internalBinding, or port.toml's table of them.
 */

/**
 * A loaded port.
 * @typedef {object} LoadedPort
 * @property {object} addon The addon's exports.
 * @property {object | undefined} hooks The JavaScript half's `install` export (see install.js).
 * @property {() => PortInstance} instantiate Every call yields an independent instance (own request classes, own
 *   state) on the one addon.
 * @property {() => number} portCalls Calls that reached the addon since it was loaded, all worlds together.
 */

/**
 * The JavaScript half is called with `{ addon, internals, native, asyncContext, requireLib }` and returns the overrides.
 * `requireLib` gives the builtins that run on them (a world's own, or the process's); not before a call from lib.
 * @typedef {object} PortInstance
 * @property {Record<string, object>} overrides By binding, the properties that replace the native ones.
 * @property {(requireFresh: (id: string) => any, replace?: typeof replaceFunction) => FeatureContext} context What
 *   features and hooks are given.
 * @property {(requireFresh: (id: string) => any, replace?: typeof replaceFunction) => void} addFeatures Lets the
 *   port's features replace functions of Node's lib; to be called once, after lib has run on the overrides.
 */

/**
 * A feature replaces functions of lib itself, which a swap of bindings leaves alone. The JavaScript half exports each
 * under its name, as `module.exports.features = { onehop(context) { … } }`. One that replaces functions of the addon
 * instead is an object, `{ ext: { addon({ addon, internals, asyncContext }) { … } } }`: what that returns is the addon
 * of the instance.
 * @typedef {object} FeatureContext
 * @property {object} addon The addon's exports.
 * @property {import('./reach.js').Internals} internals
 * @property {Record<string, object>} native The native bindings.
 * @property {Record<string, object>} overrides What this instance of the port put in their place.
 * @property {(id: string) => any} requireFresh The builtins of this world, or of the process.
 * @property {typeof import('./async-context.js')} asyncContext
 * @property {typeof replaceFunction} replace How functions are to be replaced, so that calls of them are counted.
 */

/**
 * Loads a port's addon and its JavaScript half.
 * @param {PortDescription} port
 * @returns {LoadedPort}
 * @throws {SwapError} When the port does not fit this Node, or is not (or wrongly) built.
 */
function loadPort(port) {
  const internals = reach();
  checkMajor(port);
  const addon = loadAddon(port.addon);
  const jsPath = port.js_path === undefined ? port.js : port.js_path;
  const create = jsPath ? loadJsHalf(jsPath) : undefined;
  const names = bindingNames(port);
  const features = featureFunctions(port, create?.features);
  return {
    addon,
    hooks: create?.install,
    portCalls: () => addon.portCalls(),
    instantiate() {
      const asyncContext = require('./async-context.js');
      // A copy: install() changes the host's own object, and the port may need what was there before.
      const native = Object.fromEntries(names.map((name) => [name, copyBinding(nativeBinding(name))]));
      let lib = internals.requireBuiltin;
      const requireLib = (id) => lib(id);
      const own = features.reduce((addon, feature) => feature.addon?.({ addon, internals, asyncContext }) ?? addon, addon);
      const overrides = create ? create({ addon: own, internals, native, asyncContext, requireLib }) : exportedFunctions(port, addon, native);
      checkOverrides(overrides, names, jsPath);
      const context = (requireFresh, replace = replaceFunction) => {
        lib = requireFresh;
        return { addon: own, internals, native, overrides, requireFresh, asyncContext, replace };
      };
      return {
        overrides,
        context,
        addFeatures(requireFresh, replace) {
          const given = context(requireFresh, replace);
          for (const feature of features) if (typeof feature === 'function') feature(given);
        },
      };
    },
  };
}

/** What adds what `features` asks for. */
function featureFunctions({ addon, features = [] }, known = {}) {
  return features.map((name) => {
    if (Object.hasOwn(known, name)) return known[name];
    const names = Object.keys(known);
    throw new SwapError(
      'PORTLAB_FEATURE',
      `the port ${addon} has no feature '${name}': ` +
        (names.length > 0 ? `it knows ${names.join(', ')}` : "its JavaScript half exports no features, so ask for none"),
    );
  });
}

/**
 * Puts a function in place of one of lib's: same name, same number of parameters, same property.
 * @param {object} target What holds it.
 * @param {string} key
 * @param {Function} replacement
 * @param {string} [_name] As a user writes it, such as `fs.promises.readFile`.
 */
function replaceFunction(target, key, replacement, _name) {
  const { value: original, ...property } = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  Object.defineProperty(target, key, { ...property, value: replacement });
}

function checkMajor({ node_majors: majors, addon }) {
  const running = Number(process.versions.node.split('.')[0]);
  if (majors.includes(running)) return;
  throw new SwapError(
    'PORTLAB_MAJOR',
    `the port ${addon} is for Node ${majors.join(' and ')}, but this is Node ${process.version}: run it with ` +
      'one of these (--host), or test the port on this major and add it to node_majors in its port.toml',
  );
}

function loadAddon(path) {
  const known = addons.get(path);
  if (known) return known;
  if (!fs.existsSync(path)) {
    throw new SwapError('PORTLAB_ADDON_MISSING', `no such addon: ${path}. Build the ports with \`scripts/lab build\``);
  }
  const module = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (error) {
    throw new SwapError('PORTLAB_ADDON_LOAD', `cannot load ${path}: ${error.message}. Build it again with \`scripts/lab build\``, error);
  }
  if (typeof module.exports?.portCalls !== 'function') {
    throw new SwapError(
      'PORTLAB_NOT_A_PORT',
      `${path} is no port: it exports no portCalls(), by which a swap proves that it was reached. ` +
        'Build it on shims/node-api, which adds it',
    );
  }
  addons.set(path, module.exports);
  return module.exports;
}

function loadJsHalf(path) {
  let create;
  try {
    create = require(path);
  } catch (error) {
    throw new SwapError('PORTLAB_JS_HALF', `cannot load the JavaScript half ${path}: ${error.message}`, error);
  }
  if (typeof create !== 'function') {
    throw new SwapError('PORTLAB_JS_HALF', `${path} must set module.exports to a function that returns overrides by binding`);
  }
  return create;
}

function bindingNames({ bindings }) {
  return Array.isArray(bindings) ? bindings : Object.keys(bindings);
}

function nativeBinding(name) {
  try {
    return reach().internalBinding(name);
  } catch (error) {
    throw new SwapError(
      'PORTLAB_BINDING',
      `Node ${process.version} has no binding '${name}': check the names under [bindings] in port.toml`,
      error,
    );
  }
}

/** A binding object with the same functions, to be changed freely. */
function copyBinding(native, overrides) {
  const copy = Object.create(Object.getPrototypeOf(native), Object.getOwnPropertyDescriptors(native));
  return Object.assign(copy, overrides);
}

/** A port without a JavaScript half: its exports replace the functions of the same names. */
function exportedFunctions(port, addon, native) {
  const major = Number(process.versions.node.split('.')[0]);
  const overrides = {};
  for (const [name, binding] of Object.entries(native)) {
    overrides[name] = {};
    const listed = Array.isArray(port.bindings) ? undefined : port.bindings[name].functions;
    const names = listed
      ? Object.keys(listed).filter((key) => listed[key].status !== 'native' && (listed[key].node_majors ?? [major]).includes(major))
      : Object.keys(addon).filter((key) => typeof binding[key] === 'function');
    for (const key of names) {
      if (typeof addon[key] !== 'function') {
        throw new SwapError('PORTLAB_EXPORT', `port.toml says that ${name}.${key} is ported, but ${port.addon} does not export it`);
      }
      overrides[name][key] = addon[key];
    }
  }
  return overrides;
}

function checkOverrides(overrides, names, jsPath) {
  const strangers = Object.keys(overrides ?? {}).filter((name) => !names.includes(name));
  if (overrides === null || typeof overrides !== 'object' || strangers.length > 0) {
    throw new SwapError(
      'PORTLAB_JS_HALF',
      `${jsPath} must return overrides for ${names.join(', ')}, not ${strangers.join(', ') || typeof overrides}`,
    );
  }
}

module.exports = { bindingNames, copyBinding, loadPort, nativeBinding, replaceFunction };
