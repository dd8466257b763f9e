import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { addon, run } from './fixture.mjs';

function thrown(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail('it did not throw');
}

/** Everything about an error but its texts, and where its stack begins. */
function shape(error) {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(error)).map(([name, descriptor]) => {
    const { value, ...flags } = descriptor;
    return { name, type: typeof value, ...flags, get: typeof flags.get, set: typeof flags.set };
  });
  return {
    class: Object.getPrototypeOf(error).constructor,
    string: String(error) === `${error.name}: ${error.message}`,
    stack: error.stack.startsWith(`${error.name}: ${error.message}\n    at `),
    isError: inspect(error).includes(error.stack.split('\n')[0]),
    properties,
  };
}

test('coded errors have the shape of those that node::THROW_ERR_* makes', () => {
  const native = {
    Error: () => process.dlopen({ exports: {} }, '/portlab-does-not-exist.node'),
    TypeError: () => crypto.timingSafeEqual(1, 2),
    RangeError: () => process.binding('buffer').compareOffset(Buffer.alloc(1), Buffer.alloc(1), 9, 9, 1, 1),
  };
  for (const [name, throws] of Object.entries(native)) {
    const expected = thrown(throws);
    assert.equal(expected.name, name, 'the native error is of the class that is compared');
    assert.match(expected.code, /^ERR_/);
    assert.deepEqual(shape(thrown(() => addon.throwCoded(name))), shape(expected));
  }
});

test('coded errors carry what they were given', () => {
  const error = thrown(() => addon.throwCoded('TypeError'));
  assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
  assert.equal(error.message, 'said so');
  assert.equal(thrown(() => addon.throwCoded('RangeError')).code, 'ERR_OUT_OF_RANGE');
  assert.equal(thrown(() => addon.throwCoded('Error')).code, 'ERR_FIXTURE');
});

test('system errors are those of the native binding: shape, order and every value', () => {
  for (const [from, to] of [['/portlab-no/a', '/portlab-no/b'], ['/portlab-no/\u0141\u{1f600}', '/portlab-no/\u00e9'], ['/portlab-no/a', '']]) {
    const expected = thrown(() => fs.renameSync(from, to));
    const actual = thrown(() => addon.throwSystem(2, Buffer.from(from), Buffer.from(to)));
    assert.deepEqual(shape(actual), shape(expected));
    assert.deepEqual({ ...actual, message: actual.message }, { ...expected, message: expected.message });
    assert.deepEqual(Object.keys(actual), ['errno', 'code', 'syscall', 'path', 'dest']);
  }
});

test('bytes of a path that are not UTF-8 become what the native binding makes of them', () => {
  const from = Buffer.from([0x2f, 0x6e, 0xff, 0xe2, 0x82, 0x2f, 0x61]);
  const expected = thrown(() => fs.renameSync(from, '/portlab-no/b'));
  const actual = thrown(() => addon.throwSystem(2, from, Buffer.from('/portlab-no/b')));
  assert.equal(actual.message, expected.message);
  assert.equal(actual.path, expected.path);
});

test('an errno without a name', () => {
  assert.equal(thrown(() => addon.throwSystem(122)).message, 'Unknown system error -122: Unknown system error -122, rename');
});

test('what a called function throws passes through untouched', () => {
  const error = new Error('from JavaScript');
  assert.equal(thrown(() => addon.callAndThrow(() => { throw error; })), error);
  assert.equal(thrown(() => addon.callAndThrow(() => { throw undefined; })), undefined);
  assert.equal(addon.callAndThrow((value) => value + 1, 41), 42);
  assert.throws(() => addon.callAndThrow(1), { code: 'ERR_PORTLAB_NODE_API' });
});

test('a panic in a callback throws, and the module goes on', async () => {
  for (const [argument, message] of [[undefined, 'a message without arguments'], [1, 'a message with Number']]) {
    const error = thrown(() => addon.panic(argument));
    assert.equal(error.message, `portlab: internal error in fixture.panic: ${message}`);
    assert.equal(error.code, 'ERR_PORTLAB_INTERNAL');
    assert.match(error.location, /^shims\/node-api\/fixture\/src\/errors\.rs:\d+:\d+$/);
    assert.equal(addon.int32(7), 7);
  }
  const script = 'try { addon.panic(); } catch (error) { console.log(error.message); }';
  const quiet = await run(script);
  assert.deepEqual([quiet.code, quiet.stderr], [0, ''], 'JavaScript has the error, so stderr has nothing');
  assert.match(quiet.stdout, /internal error in fixture\.panic/);
  const loud = await run(script, { env: { RUST_BACKTRACE: '1' } });
  assert.match(loud.stderr, /panicked at .*errors\.rs/);
});

test('a panic in cleanup or in a finalizer is logged once and ends nothing', async () => {
  const line = (what) => new RegExp(`^portlab: internal error in fixture: asked to panic in ${what} \\(shims/node-api/fixture/src/lib\\.rs:\\d+:\\d+\\)\\n$`);
  for (const [what, flags] of [['cleanup', 'true, false'], ['a finalizer', 'false, true']]) {
    const main = await run(`addon.panicAtEnd(${flags}); console.log('ready');`);
    assert.deepEqual([main.code, main.signal, main.stdout], [0, null, 'ready\n']);
    assert.match(main.stderr, line(what));
    const worker = await run(`
      const body = ${JSON.stringify(`require(process.argv[2]).panicAtEnd(${flags});`)};
      new Worker(body, { eval: true, argv: [${JSON.stringify(process.env.NODE_API_FIXTURE)}] })
        .on('exit', (code) => console.log('worker', code, addon.int32(3)));
    `);
    assert.deepEqual([worker.code, worker.signal, worker.stdout], [0, null, 'worker 0 3\n']);
    assert.match(worker.stderr, line(what));
  }
});
