import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon } from './fixture.mjs';

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

const alphabets = {
  ascii: (next) => 1 + next(127),
  latin1: (next) => 1 + next(255),
  // The low byte of each unit is ASCII: what a Latin-1 read takes for ASCII.
  disguised: (next) => ((1 + next(255)) << 8) | (1 + next(127)),
  any: (next) => 1 + next(0xffff),
  surrogates: (next) => (next(3) === 0 ? 0x61 : 0xd800 + next(0x800)),
};

function* strings() {
  for (const [name, unit] of Object.entries(alphabets)) {
    const next = random(name.length);
    for (let i = 0; i < 2000; i++) {
      const units = Array.from({ length: next(80) }, () => unit(next));
      yield [name, String.fromCharCode(...units)];
    }
    // Around the ends of the stack buffer, and well past them.
    for (const length of [1360, 1364, 1365, 1366, 2047, 2048, 4090, 4091, 4092, 4093, 4095, 4096, 4097, 100_000]) {
      let text = '';
      while (text.length < length) text += String.fromCharCode(unit(next));
      yield [`${name} of ${length} units`, text];
    }
  }
}

test('a path or text argument is the UTF-8 of the string, whatever its representation', () => {
  for (const [name, text] of strings()) {
    const expected = Buffer.from(text, 'utf8');
    for (const read of [addon.pathBytes, addon.utf8Bytes, addon.heapUtf8Bytes]) {
      assert.ok(read(text).equals(expected), `${read.name} of ${name}: ${JSON.stringify(text).slice(0, 200)}`);
    }
  }
});

test('a two-byte string whose low bytes are ASCII is not mistaken for ASCII', () => {
  assert.equal(addon.pathBytes('\u0141').toString('hex'), 'c581');
  assert.equal(addon.utf8Bytes('/tmp/\u0141\u0142').toString(), '/tmp/\u0141\u0142');
});

test('ropes and slices are read like flat strings', () => {
  const half = 'a/very/long/part/of/a/path/that/makes/a/rope/';
  assert.equal(addon.pathBytes(half + addon.pathLength('x')).toString(), `${half}1`);
  assert.equal(addon.pathBytes((half + half).slice(3, 60)).toString(), (half + half).slice(3, 60));
});

test('a NUL is refused in a path and kept in a text', () => {
  const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /'path' .* without null bytes\. Received 'a\\x00b'/ };
  assert.throws(() => addon.pathBytes('a\0b'), expected);
  assert.throws(() => addon.pathBytes(Buffer.from('a\0b')), expected);
  assert.throws(() => addon.pathBytes('\0'), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.equal(addon.utf8Bytes('a\0b').toString('hex'), '610062');
});

test('a path may be any bytes', () => {
  for (const length of [0, 1, 4094, 4095, 4096, 50_000]) {
    const bytes = Buffer.alloc(length, 0xff);
    assert.ok(addon.pathBytes(bytes).equals(bytes), `${length} bytes`);
    assert.ok(addon.pathBytes(new Uint8Array(bytes)).equals(bytes), `${length} bytes`);
  }
});

test('a path of another type is refused by name', () => {
  for (const value of [undefined, null, 1, true, {}, [], Symbol('s'), () => {}, 1n, new ArrayBuffer(4)]) {
    assert.throws(() => addon.pathBytes(value), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^The "path" argument must be of type string or an instance of Buffer or URL/,
    });
  }
});

test('latin1 and utf16 reads keep what those encodings keep', () => {
  for (const [name, text] of strings()) {
    assert.ok(addon.latin1Bytes(text).equals(Buffer.from(text, 'latin1')), name);
    assert.equal(addon.utf16(text), text, name);
  }
});

test('a string made from bytes is what Buffer makes of them', () => {
  const next = random(7);
  for (const [, text] of strings()) {
    const bytes = Buffer.from(text);
    assert.equal(addon.string(bytes), bytes.toString());
  }
  for (let i = 0; i < 5000; i++) {
    // Not UTF-8, in most cases.
    const bytes = Buffer.from(Array.from({ length: next(40) }, () => (next(2) ? next(256) : 0x61)));
    assert.equal(addon.string(bytes), bytes.toString(), bytes.toString('hex'));
  }
  const cut = Buffer.from('ab\u20ac\u{1f600}');
  for (let end = 0; end <= cut.length; end++) {
    assert.equal(addon.string(cut.subarray(0, end)), cut.subarray(0, end).toString());
  }
});
