/** The driver's pure parts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationsPerSlice } from '../driver/calibrate.mjs';
import { JobError, describe, presentable } from '../driver/messages.mjs';
import { generator, shuffled } from '../driver/random.mjs';
import { countIfEqual } from '../inputs/files.mjs';
import { ascii, latin1, lengthIfEqual, mixed } from '../inputs/text.mjs';

test('the fastest arm fills the slice, unless the slowest would take too long', () => {
  const check = (times, sliceNs, lanes, expected, most, least) =>
    assert.equal(operationsPerSlice(times, sliceNs, lanes, most, least), expected);
  check([1000, 2000], 10e6, 1, 10_000);
  check([1000, 1000], 10e6, 1, 10_000);
  check([1000, 10_000], 10e6, 1, 4000);
  check([5e6, 5.5e6], 10e6, 1, 2);
  check([30e6, 300e6], 10e6, 1, 1);
  check([30e6, 30e6], 10e6, 16, 64);
  check([0, 0], 10e6, 1, 2 ** 24);
  check([1000, 1000], 10e6, 1, 2000, 2000);
  check([1000, 1000], 10e6, 1, 30_000, undefined, 30_000);
});

test('orders are permutations, repeat with their seed and favour nobody', () => {
  const draw = (seed) => {
    const random = generator(seed);
    return Array.from({ length: 6000 }, () => shuffled(['a', 'b', 'c'], random).join(''));
  };
  const orders = draw(3);
  assert.deepEqual(orders, draw(3));
  const counts = Object.groupBy(orders, (order) => order);
  assert.deepEqual(Object.keys(counts).sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  // 1000 each; six standard deviations of a binomial are 173.
  for (const [order, drawn] of Object.entries(counts)) assert.ok(Math.abs(drawn.length - 1000) < 173, order);
});

test('values that JSON cannot carry are still shown', () => {
  const check = (value, expected) => assert.deepEqual(JSON.parse(JSON.stringify(presentable(value))), expected);
  check(undefined, 'undefined: undefined');
  check(12n, 'bigint: 12');
  check(NaN, 'NaN');
  check({ code: 'ENOENT', deep: [1, undefined] }, { code: 'ENOENT', deep: [1, 'undefined: undefined'] });
  check(new Error('x'), 'object: Error: x');
  check('é'.repeat(1000), `${'é'.repeat(200)}… (1000 characters)`);
});

test('errors that say everything come without a stack, others with it', () => {
  assert.equal(describe(new JobError('what to do')), 'what to do');
  assert.match(describe(new JobError('outer', { cause: new TypeError('inner') })), /^outer\nTypeError: inner\n\s+at /);
  assert.equal(describe('a string'), 'a thrown string: a string');
});

test('texts have the sizes and the characters that they promise', () => {
  assert.match(ascii(1024), /^[\x20-\x7e\n]{1024}$/);
  assert.equal(Buffer.byteLength(mixed(1 << 20)), 7 * Math.floor((1 << 20) / 7));
  assert.ok(/[^\u0000-\u00ff]/.test(mixed(7)));
  assert.match(latin1(100), /^[\u0000-\u00ff]{100}$/);
  assert.ok(/[\u0080-\u00ff]/.test(latin1(100)));
});

test('checks of texts and listings notice a difference', () => {
  assert.equal(lengthIfEqual('abc')('abc'), 3);
  assert.match(lengthIfEqual('abc')('abd'), /another text/);
  assert.match(lengthIfEqual('abc')(undefined), /another text/);
  assert.equal(countIfEqual(['a', 'b'])(['b', 'a']), 2);
  assert.match(countIfEqual(['a', 'b'])(['b', 'b']), /other names/);
  assert.match(countIfEqual(['a', 'b'])(['a']), /other names/);
});
