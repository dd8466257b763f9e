// What a port gets: each extension used by the fixture, and what it answers to misuse.
// Run with each pinned Node: `<node> --test "shims/v8-gap/test/*.test.mjs"`. scripts/test stages the modules first.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const path = process.env.V8_GAP_FIXTURE;
assert.ok(path, 'V8_GAP_FIXTURE does not name a .node file: run scripts/test, which builds and names it');
const shim = require('../index.js');
const fixture = require(path);

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const OK = 0;
const INVALID_ARG = 1;
const OBJECT_EXPECTED = 2;
const STRING_EXPECTED = 3;
const NAME_EXPECTED = 4;
const ARRAY_EXPECTED = 8;
const ARRAYBUFFER_EXPECTED = 19;

/** Statuses by name; `invalid` are names that answer `napi_invalid_arg`. */
function misuse(answers, others, invalid) {
  assert.deepEqual(answers, { ...Object.fromEntries(invalid.map((name) => [name, INVALID_ARG])), ...others });
}

test('only the table is taken for the table', () => {
  for (const other of [undefined, {}, 1, fixture]) {
    assert.throws(() => fixture.connect(other), { name: 'TypeError', code: 'ERR_PORTLAB_V8_GAP_TABLE' });
  }
  fixture.connect(shim.table());
  assert.throws(() => fixture.connect(shim.table()), /connect was called before/);
});

test('a host without a module is told which there are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'v8-gap-'));
  try {
    const expected = { code: 'ERR_PORTLAB_V8_GAP_ABSENT' };
    assert.throws(() => shim.table({ folder }), { ...expected, message: /only for none\. `scripts\/lab build/ });
    assert.throws(() => shim.table({ folder: join(folder, 'absent') }), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a class hands its native object to methods, checks receivers and is extended from both sides', () => {
  const { Base, Derived } = fixture.classes();
  const base = new Base(1.5);
  assert.equal(base.number(), 1.5);
  assert.deepEqual([base.list(), base.list(1), base.list(1, 2, 3)], [2, 11, 30]);
  assert.deepEqual([Base.name, Base.length, Base.prototype.list.length, Base.prototype.list.name], ['Base', 1, 2, 'list']);
  assert.deepEqual(Object.keys(Base.prototype), []);

  const derived = new Derived(4);
  assert.ok(derived instanceof Base);
  assert.deepEqual([derived.number(), derived.twice(), derived.data(), base.data()], [4, 8, 43, 42]);
  assert.equal(Base.prototype.data.call(derived), 42);
  class Own extends Derived {
    constructor() { super(21); }
    twice() { return super.twice() + 0.5; }
  }
  const own = new Own();
  assert.equal(own.twice(), 42.5);
  assert.deepEqual([fixture.unwrap(base), fixture.unwrap(own), fixture.unwrap(own, true)], [1.5, 21, 21]);
  assert.throws(() => fixture.unwrap(base, true), /unwrap/);

  for (const receiver of [{}, Base.prototype, null, new Proxy(base, {}), Object.create(base)]) {
    assert.throws(() => Base.prototype.number.call(receiver), TypeError);
  }
  assert.throws(() => Derived.prototype.twice.call(base), TypeError);
  assert.throws(() => Base(1), { name: 'TypeError', message: /'new'/ });
  assert.throws(() => new Base('x'), { name: 'TypeError', code: 'ERR_FIXTURE', message: 'Base wants a number' });
  assert.throws(() => base.fail(), { name: 'TypeError', code: 'ERR_FIXTURE', message: 'asked to fail' });
  assert.throws(() => new base.number(), TypeError);
  assert.equal(base.number(), 1.5, 'a caught error left something behind');
});

test('native objects are freed with their objects, and with their environment', async () => {
  const { Base } = fixture.classes();
  const collect = async () => { gc(); await new Promise((resolve) => setImmediate(resolve)); };
  // What earlier tests have left.
  for (let round = 0; round < 3; round++) await collect();
  const before = fixture.finalized();
  (() => { for (let i = 0; i < 1000; i++) new Base(i); })();
  for (let round = 0; round < 10 && fixture.finalized() - before < 1000; round++) await collect();
  assert.equal(fixture.finalized() - before, 1000);

  const kept = fixture.finalized();
  const source = `const fixture = require(${JSON.stringify(path)});
    fixture.connect(require(${JSON.stringify(require.resolve('../index.js'))}).table());
    const { Derived } = fixture.classes();
    globalThis.kept = Array.from({ length: 10 }, (_, index) => new Derived(index));`;
  const worker = new Worker(source, { eval: true });
  const code = await new Promise((resolve, reject) => { worker.once('exit', resolve); worker.once('error', reject); });
  assert.equal(code, 0);
  assert.equal(fixture.finalized() - kept, 10);
});

test('classes refuse misuse', () => {
  fixture.classes();
  misuse(fixture.classMisuse(), { 'unwrap: no object': OBJECT_EXPECTED }, [
    'define: no env', 'define: no name', 'define: too many arguments', 'define: too many methods',
    "define: too many with the parent's", 'define: method of too many arguments', 'define: method without a name',
    'define: null methods', 'unwrap: no env', 'unwrap: no class', 'unwrap: other object',
  ]);
});

test('a record has its properties in their order, and is an ordinary object', () => {
  fixture.template(['dev', 'ino', 'a b', 'constructor']);
  const record = fixture.record([1, 'two', 3.5, null]);
  assert.deepEqual(Object.entries(record), [['dev', 1], ['ino', 'two'], ['a b', 3.5], ['constructor', null]]);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
  assert.deepEqual(Object.getOwnPropertyDescriptor(record, 'dev'),
    { value: 1, writable: true, enumerable: true, configurable: true });
  assert.deepEqual(Object.keys(fixture.record([1, undefined, undefined, 2])), ['dev', 'constructor']);
  // The shape is shared; numbers of one property must not become those of another record.
  const records = Array.from({ length: 100 }, (_, index) => fixture.record([index, index + 0.5, {}, String(index)]));
  assert.deepEqual(records.map((entry) => entry.ino - entry.dev), Array(100).fill(0.5));
  assert.deepEqual(record.dev, 1);
});

test('records refuse misuse', () => {
  fixture.template(['dev', 'ino']);
  const name = Object.fromEntries(['name twice', 'empty name', 'index', 'control character', 'not ASCII']
    .map((text) => [`template: ${text}`, NAME_EXPECTED]));
  misuse(fixture.recordMisuse(), name, [
    'template: no env', 'template: no names', 'template: too many names', 'template: null name',
    'template: null names', 'template: no result', 'create: no env', 'create: no template', 'create: other count',
    'create: null values', 'create: no result',
  ]);
});

test('an array is made of values and taken apart', () => {
  const values = [1, 'two', {}, undefined, null, 2.5];
  const array = fixture.array(values);
  assert.ok(Array.isArray(array));
  assert.deepEqual(array, values);
  assert.deepEqual(fixture.array([]), []);
  assert.deepEqual(fixture.elements(values, 0, 10), values);
  assert.deepEqual(fixture.elements(values, 4, 10), [null, 2.5]);
  assert.deepEqual(fixture.elements(values, 1, 2), ['two', {}]);
  assert.deepEqual(fixture.elements(values, 6, 2), []);
  assert.deepEqual(fixture.elements([, 1], 0, 2), [undefined, 1]);
  const accessors = Object.defineProperty([0, 0, 3], 1, { get() { accessors.length = 2; return 'got'; } });
  assert.deepEqual(fixture.elements(accessors, 0, 9), [0, 'got']);
  const failing = Object.defineProperty([0], 0, { get() { throw new RangeError('no'); } });
  assert.throws(() => fixture.elements(failing, 0, 1), { name: 'RangeError', message: 'no' });
});

test('arrays refuse misuse', () => {
  misuse(fixture.arrayMisuse([1]), {
    'create: nothing': OK, 'elements: no array': ARRAY_EXPECTED, 'count untouched': 0,
  }, [
    'create: no env', 'create: null values', 'create: null value', 'create: too many', 'create: no result',
    'elements: no env', 'elements: null array', 'elements: no room', 'elements: no count',
  ]);
});

test('optimized code calls the typed body, and everything else the slow one, with the same answers', () => {
  const { mix, length, slowOnly } = fixture.typedFunctions();
  assert.deepEqual([mix.name, mix.length, length.length], ['mix', 4, 1]);
  const run = (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += mix(-1, 2, 0.5, true) + length('abc');
    return sum;
  };
  const [fast, slow] = fixture.calls();
  for (let round = 0; round < 20; round++) assert.equal(run(20_000), 20_000 * 5.5);
  const [fastAfter, slowAfter] = fixture.calls();
  assert.equal(fastAfter - fast + slowAfter - slow, 2 * 20 * 20_000);
  assert.ok(fastAfter - fast > 20_000, `the typed bodies were called ${fastAfter - fast} times`);
  // A call site that was optimized for the typed body meets what it cannot take.
  const site = (text) => length(text);
  for (let i = 0; i < 50_000; i++) site('abc');
  assert.equal(site('\u0141ab'), 3);
  assert.equal(site('a'.repeat(20) + 'b'.repeat(20)), 40);
  assert.equal(mix(1.9, 4294967295, NaN, false), NaN);
  assert.equal(mix(2 ** 32 + 5, 1, 0, false), 6);
  assert.throws(() => mix('1', 2, 3, true), { code: 'ERR_FIXTURE' });
  assert.throws(() => new mix(1, 2, 3, true), TypeError);
  const object = {};
  assert.equal(slowOnly(1, object), object);
  assert.equal(slowOnly(1), undefined);
});

test('typed functions refuse misuse', () => {
  misuse(fixture.typedMisuse(), {}, [
    'no env', 'string result', 'value result', 'void argument', 'too many arguments', 'no name', 'null types',
    'no definition', 'no result',
  ]);
});

test('a view shows every kind of string', () => {
  const rope = `${'x'.repeat(30)}${process.pid}`;
  const sliced = `${'y'.repeat(40)}end`.slice(20);
  for (const text of ['', 'plain', 'caf\u00e9', rope, sliced, 'x'.repeat(100_000)]) {
    assert.deepEqual(fixture.view(text), [true, text]);
  }
  for (const text of ['\u0141', 'emoji \u{1f600}', 'lone \ud800']) assert.deepEqual(fixture.view(text), [false, text]);
  assert.throws(() => fixture.view(5), /open/);
});

test('views refuse misuse', () => {
  misuse(fixture.viewMisuse(), { open: OK, close: OK, 'open: no string': STRING_EXPECTED }, [
    'open: no env', 'open: null string', 'open: no view', 'close: null', 'close: twice',
  ]);
});

test('a private property is seen by nobody, sits on frozen objects and behind no proxy', () => {
  const object = Object.freeze({ a: 1 });
  assert.equal(fixture.getPrivate(object), 'absent');
  fixture.setPrivate(object, undefined);
  assert.equal(fixture.getPrivate(object), undefined);
  fixture.setPrivate(object, 'secret');
  assert.equal(fixture.getPrivate(object), 'secret');
  assert.deepEqual(Reflect.ownKeys(object), ['a']);
  assert.equal(fixture.getPrivate(Object.create(object)), 'absent');
  const proxy = new Proxy(object, { get() { throw new Error('trap'); } });
  assert.equal(fixture.getPrivate(proxy), 'absent');
  fixture.setPrivate(proxy, 'of the proxy');
  assert.deepEqual([fixture.getPrivate(proxy), fixture.getPrivate(object)], ['of the proxy', 'secret']);
  assert.deepEqual([fixture.deletePrivate(object), fixture.deletePrivate(object)], [true, false]);
  assert.equal(fixture.getPrivate(object), 'absent');
});

test('private symbols refuse misuse', () => {
  const objects = Object.fromEntries(['get: no object', 'set: no object', 'delete: no object']
    .map((name) => [name, OBJECT_EXPECTED]));
  misuse(fixture.privateMisuse(), objects, [
    'create: no env', 'create: no name', 'create: no result', 'get: no env', 'get: null object', 'get: no key',
    'get: no result', 'set: no value', 'set: no key', 'delete: no key',
  ]);
});

test('a thread fills what it has a share in, and gives the share back', () => {
  const buffer = new ArrayBuffer(100_000);
  fixture.fillOnThread(new Uint8Array(buffer, 10, 5), 7);
  assert.deepEqual([...new Uint8Array(buffer, 8, 9)], [0, 0, 7, 7, 7, 7, 7, 0, 0]);
  const small = new Uint8Array(4);
  fixture.fillOnThread(small, 1);
  assert.deepEqual([...small], [1, 1, 1, 1]);
  const shared = new SharedArrayBuffer(3);
  fixture.fillOnThread(shared, 2);
  assert.deepEqual([...new Uint8Array(shared)], [2, 2, 2]);
  fixture.fillOnThread(new ArrayBuffer(0), 3);
});

test('memory of a thread becomes an ArrayBuffer, and memory outlives its buffer', () => {
  const made = fixture.allocateOnThread(1 << 20, 9);
  assert.ok(made instanceof ArrayBuffer);
  assert.ok(new Uint8Array(made).every((byte) => byte === 9));
  assert.equal(fixture.allocateOnThread(0, 9).byteLength, 0);

  const first = new Uint8Array([1, 2, 3]).buffer;
  assert.equal(fixture.retain(first), 3);
  const moved = structuredClone(first, { transfer: [first] });
  const second = fixture.adopt();
  assert.equal(first.byteLength, 0);
  new Uint8Array(second)[0] = 5;
  assert.deepEqual([...new Uint8Array(moved)], [5, 2, 3], 'both are over one memory');

  fixture.retain(new SharedArrayBuffer(1));
  assert.throws(() => fixture.adopt(), /adopt/);
  fixture.retain(new ArrayBuffer(1, { maxByteLength: 2 }));
  assert.throws(() => fixture.adopt(), /adopt/);
  gc();
});

test('backing stores refuse misuse', () => {
  misuse(fixture.storeMisuse(), { 'retain: no buffer': ARRAYBUFFER_EXPECTED }, [
    'retain: no env', 'retain: null', 'retain: no result', 'release: null', 'allocate: no result',
    'allocate: no data', 'allocate: too much', 'adopt: null',
  ]);
});
