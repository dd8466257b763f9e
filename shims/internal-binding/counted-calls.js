'use strict';

const path = require('path');
const { reach } = require('./reach.js');

// The public function reads its options with what tests may have deleted.
const callSites = reach().internalBinding('util').getCallSites;

/** Prototypes whose methods are counted: a class may stand in several bindings, or under several names. */
const counted = new WeakSet();

/** Frames that are looked at; the public function and its helpers take fewer. */
const FRAMES = 20;
const LOADER = 'node:internal/modules/';

/**
 * Counts calls of a port's functions, by function, in proof that tests reached them. Calls that the module loader
 * makes do not count: it would reach the port in every test.
 * @param {import('./load-port.js').PortDescription} port
 * @param {string} name The binding.
 * @param {Record<string, unknown>} overrides
 * @param {Record<string, number>} calls Where they are counted.
 * @returns {Record<string, unknown>} The overrides, with the port's own functions wrapped. Classes, which Node's lib
 *   names with a capital, stay themselves: their methods are wrapped. What port.toml calls native is not.
 */
function countedCalls(port, name, overrides, calls) {
  const isPlumbing = plumbing(port);
  const functions = Array.isArray(port.bindings) ? undefined : port.bindings[name].functions;
  return Object.fromEntries(
    Object.entries(overrides ?? {}).map(([key, value]) => {
      const isPorted = functions === undefined || (functions[key]?.status ?? 'native') !== 'native';
      if (!isPorted || typeof value !== 'function') return [key, value];
      if (!/^[A-Z]/.test(key)) return [key, count(key, value)];
      countMethods(value.prototype);
      return [key, value];
    }),
  );

  /** Not those that it inherits: native classes of any binding share these (HandleWrap, AsyncWrap). */
  function countMethods(prototype) {
    if (!prototype || counted.has(prototype)) return;
    counted.add(prototype);
    for (const [key, { value, writable, enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (key === 'constructor' || typeof value !== 'function' || !writable) continue;
      Object.defineProperty(prototype, key, { value: count(`${prototype.constructor.name}.${key}`, value), writable, enumerable, configurable: true });
    }
  }

  function count(key, ported) {
    calls[key] = 0;
    return function () {
      if (!isLoader(isPlumbing)) calls[key]++;
      return Reflect.apply(ported, this, arguments);
    };
  }
}

/** Whether the nearest caller outside of the module itself is the module loader. */
function isLoader(isPlumbing) {
  const sites = callSites(FRAMES);
  // By index: there are tests that delete the iterator of arrays.
  for (let i = 0; i < sites.length; i++) {
    const { scriptName } = sites[i];
    if (!isPlumbing(scriptName)) return scriptName.startsWith(LOADER);
  }
  return false;
}

/** Tells the scripts between a caller and the binding: the shims, the port's JavaScript half, the builtins on it. */
function plumbing({ js_path: jsPath, world }) {
  const folders = [__dirname, ...(jsPath ? [path.dirname(jsPath)] : [])].map((folder) => folder + path.sep);
  const builtins = new Set((world?.fresh ?? []).map((id) => `node:${id}`));
  return (script) => builtins.has(script) || folders.some((folder) => script.startsWith(folder));
}

module.exports = { countedCalls };
