import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon } from './fixture.mjs';

test('the number of arguments is the one that the caller gave', () => {
  assert.equal(addon.count(), 0);
  assert.equal(addon.count(undefined), 1);
  assert.equal(addon.count(1, 2), 2);
  assert.equal(addon.count(1, 2, 3, 4, 5), 5);
});

test('nothing is undefined', () => {
  assert.equal(addon.noop(), undefined);
});

test('numbers convert as in JavaScript', () => {
  for (const value of [0, -0, 1, -1, 1.9, -1.9, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32 - 1, 2 ** 40 + 5, NaN, Infinity]) {
    assert.equal(addon.int32(value), value | 0, `int32 of ${value}`);
    assert.equal(addon.uint32(value), value >>> 0, `uint32 of ${value}`);
    assert.ok(Object.is(addon.double(value), value), `double of ${value}`);
  }
  assert.equal(addon.int64(2 ** 53), 2n ** 53n);
  assert.equal(addon.int64(-1.9), -1n);
  assert.equal(addon.int64(NaN), 0n);
  assert.equal(addon.int64(1e30), 2n ** 63n - 1n);
  assert.equal(addon.boolean(true), true);
  assert.equal(addon.boolean(false), false);
});

test('bigints that do not fit are not cut', () => {
  for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) assert.equal(addon.bigint64(value), value);
  assert.equal(addon.bigint64(2n ** 63n), undefined);
  assert.equal(addon.biguint64(2n ** 64n - 1n), 2n ** 64n - 1n);
  assert.equal(addon.biguint64(-1n), undefined);
});

test('a position is a number or a bigint', () => {
  assert.equal(addon.integer(5), 5n);
  assert.equal(addon.integer(2n ** 40n), 2n ** 40n);
  assert.equal(addon.integer(null), undefined);
  assert.equal(addon.integer('5'), undefined);
});

test('an argument of the wrong type is refused by name', () => {
  for (const [read, expected] of [['int32', 'number'], ['uint32', 'number'], ['int64', 'number'], ['double', 'number'], ['boolean', 'boolean']]) {
    for (const value of [undefined, null, '1', {}, 1n, Symbol('s')]) {
      assert.throws(() => addon[read](value), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: `The "value" argument must be of type ${expected}`,
      });
    }
  }
  for (const value of [undefined, null, 1, 'abc', {}, [], new ArrayBuffer(4)]) {
    assert.throws(() => addon.bytes(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
});

test('the memory of every kind of view is read and written in place', () => {
  const memory = new ArrayBuffer(64);
  const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array];
  for (const Kind of kinds) {
    const all = new Uint8Array(memory).fill(0);
    const view = new Kind(memory, 16, 2);
    assert.equal(addon.bytes(view), view.byteLength, Kind.name);
    assert.deepEqual([...all.keys()].filter((index) => all[index] === 1), [...Array(view.byteLength).keys()].map((index) => index + 16), Kind.name);
  }
  const data = new DataView(memory, 3, 5);
  assert.equal(addon.bytes(data), 5);
  for (const length of [0, 1, 100, 1 << 20]) {
    const buffer = Buffer.alloc(length, 7);
    assert.equal(addon.bytes(buffer), length);
    assert.ok(buffer.equals(Buffer.alloc(length, 8)));
    assert.ok(addon.buffer(buffer).equals(buffer));
  }
  assert.ok(Buffer.isBuffer(addon.buffer(Buffer.from('x'))));
  // From Node's pool: an offset into a bigger buffer.
  assert.equal(addon.string(Buffer.from('pooled')), 'pooled');
});

test('a detached view is empty', () => {
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  assert.equal(addon.bytes(view), 0);
});

test('typed arrays that the port makes', () => {
  assert.deepEqual(addon.stats(), new Float64Array([1.5, -2, NaN]));
  assert.deepEqual(addon.bigStats(), new BigInt64Array([-(2n ** 63n), 0n, 2n ** 63n - 1n]));
});

test('a pinned array is written without a return value, and outlives the collector', () => {
  assert.throws(() => addon.pin(new Float32Array(2)), { code: 'ERR_INVALID_ARG_TYPE', message: 'The "numbers" argument must be an instance of Float64Array' });
  assert.throws(() => addon.pin([1]), { code: 'ERR_INVALID_ARG_TYPE' });
  const numbers = new Float64Array(4);
  addon.pin(numbers);
  addon.write(3, 2.5);
  assert.deepEqual([...numbers], [0, 0, 0, 2.5]);
  assert.throws(() => addon.write(4, 1), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: 'there is no element 4' });
});

test('a loop with a scope for each turn makes as many values as it likes', () => {
  assert.equal(addon.scopes(200_000), 200_000);
});

test('portCalls counts what reached the port, and nothing else', () => {
  const before = addon.portCalls();
  addon.noop();
  assert.throws(() => addon.int32('no'));
  addon.portCalls();
  assert.equal(addon.portCalls() - before, 2);
});
