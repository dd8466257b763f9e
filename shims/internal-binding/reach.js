'use strict';

const { SwapError } = require('./swap-error.js');

const SUPPORTED = 'Node 22, 24 and 26';
const NAMES = ['internalBinding', 'primordials', 'requireBuiltin', 'BuiltinModule', 'compileFunction'];
const DESK = Symbol('portlab.reach');

let reached;

/**
 * What Node keeps to its own JavaScript.
 * @typedef {object} Internals
 * @property {(name: string) => object} internalBinding The C++ bindings.
 * @property {object} primordials Copies of the language's built-ins, safe from tampering.
 * @property {(id: string) => any} requireBuiltin The require of Node's own lib.
 * @property {Function} BuiltinModule Its registry (`BuiltinModule.map`).
 * @property {(id: string) => Function} compileFunction A new wrapper function of a builtin at every call.
 */

/**
 * Reaches the internals of the running Node without any command line flag, so that it also works through
 * NODE_OPTIONS and in workers. It asks the inspector (in process, no port is opened, no debugger is enabled)
 * for the scopes that `process._linkedBinding` closes over, and loads no builtin.
 * @returns {Internals} The same object at every call.
 * @throws {SwapError} Under --permission, without an inspector, and on a Node whose bootstrap looks different.
 */
function reach() {
  reached ??= Object.freeze(readScopes(openInspector()));
  return reached;
}

function openInspector() {
  if (process.permission !== undefined) {
    throw new SwapError('PORTLAB_PERMISSION', 'cannot swap bindings under --permission: run without it');
  }
  if (typeof process.binding !== 'function') {
    throw new SwapError('PORTLAB_HOST', `this program (${programName()}) has no process.binding: run with ${SUPPORTED}`);
  }
  // process.binding warns under --pending-deprecation, and the tests of a host may count warnings. Under
  // --no-deprecation the property is true and cannot be written.
  const descriptor = Object.getOwnPropertyDescriptor(process, 'noDeprecation');
  const mayWarn = !process.noDeprecation;
  if (mayWarn) process.noDeprecation = true;
  try {
    return openConnection(process.binding('inspector').Connection);
  } catch (error) {
    throw new SwapError(
      'PORTLAB_INSPECTOR',
      `${programName()} was built without the inspector, by which portlab reaches internal bindings (${error.message}): ` +
        'run with a Node build where process.features.inspector is true',
      error,
    );
  } finally {
    if (mayWarn && descriptor) Object.defineProperty(process, 'noDeprecation', descriptor);
    else if (mayWarn) delete process.noDeprecation;
  }
}

function openConnection(Connection) {
  let id = 0;
  let reply;
  const connection = new Connection((message) => {
    const parsed = JSON.parse(message);
    if (parsed.id === id) reply = parsed;
  });
  return {
    /** Answers are synchronous: the session lives on this thread. */
    post(method, params) {
      reply = undefined;
      connection.dispatch(JSON.stringify({ id: ++id, method, params }));
      if (reply?.result === undefined) throw unknownShape(`the inspector refused ${method}: ${JSON.stringify(reply?.error)}`);
      return reply.result;
    },
    close: () => connection.disconnect(),
  };
}

function readScopes(inspector) {
  const found = { __proto__: null };
  // The inspector hands out ids of objects, not objects: the found ones are laid on this desk for a moment.
  Object.defineProperty(globalThis, DESK, { value: found, configurable: true });
  try {
    const evaluate = (expression) => inspector.post('Runtime.evaluate', { expression }).result;
    const properties = (objectId) => inspector.post('Runtime.getProperties', { objectId, ownProperties: true });
    const closure = evaluate('process._linkedBinding');
    if (closure.type !== 'function') throw unknownShape('process._linkedBinding is no function');
    const scopes = properties(closure.objectId).internalProperties?.find((property) => property.name === '[[Scopes]]');
    if (scopes === undefined) throw unknownShape('process._linkedBinding has no [[Scopes]]');
    const desk = evaluate(`Object.getOwnPropertySymbols(globalThis).filter((s) => s.description === '${DESK.description}')
      .map((s) => globalThis[s])[0]`);
    for (const scope of properties(scopes.value.objectId).result) {
      // The global scope is large and holds none of them.
      if (!scope.value?.objectId || scope.value.description === 'Global') continue;
      for (const { name, value } of properties(scope.value.objectId).result) {
        if (!NAMES.includes(name) || name in found || !value?.objectId) continue;
        inspector.post('Runtime.callFunctionOn', {
          objectId: desk.objectId,
          functionDeclaration: 'function (name, value) { this[name] = value; }',
          arguments: [{ value: name }, { objectId: value.objectId }],
        });
      }
    }
  } finally {
    delete globalThis[DESK];
    inspector.close();
  }
  const missing = NAMES.filter((name) => !(name in found));
  if (missing.length > 0) throw unknownShape(`${missing.join(', ')} not found behind process._linkedBinding`);
  return found;
}

function unknownShape(what) {
  return new SwapError(
    'PORTLAB_SHAPE',
    `cannot reach the internals of ${programName()}: ${what}. Supported are ${SUPPORTED}: run with one of them, ` +
      'or report this message together with the output of `scripts/lab doctor`',
  );
}

function programName() {
  return process.versions.bun ? `Bun ${process.versions.bun}` : process.versions.deno ? `Deno ${process.versions.deno}` : `Node ${process.version}`;
}

module.exports = { reach };
