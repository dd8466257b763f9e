// Reading, writing and decoding, in all forms.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { callback, comparable, promise, scratch, sync, worlds } from './world.mjs';

const CONTENT = Buffer.from('0123456789 äöü 漢字 😀 end');
const ENCODINGS = ['utf8', 'utf-8', 'UTF8', 'latin1', 'binary', 'ascii', 'ucs2', 'utf16le', 'hex', 'base64', 'base64url', undefined, null, 'nonsense'];

/** The three forms of a function on a fresh file, with what the file and the buffers hold afterwards. */
async function forms({ binding }, folder, make) {
  const outcomes = {};
  const run = {
    sync: (name, before, ctx) => {
      const context = {};
      const outcome = sync(() => (ctx ? binding[name](...before, undefined, context) : binding[name](...before)));
      return { ...outcome, context };
    },
    callback: (name, before) => callback(binding, name, before),
    promise: (name, before) => promise(binding, name, before),
  };
  for (const [form, call] of Object.entries(run)) {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, CONTENT);
    const fd = fs.openSync(file, 'r+');
    const { name, before, ctx, buffers = [] } = make(fd);
    outcomes[form] = {
      outcome: await call(name, before, ctx),
      buffers: buffers.map((buffer) => Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('hex')),
      file: fs.readFileSync(file).toString('hex'),
      stands: fs.readSync(fd, Buffer.alloc(100)),
    };
    fs.closeSync(fd);
  }
  return outcomes;
}

async function same(t, folder, what, make) {
  const port = await forms(worlds.port, folder, make);
  const native = await forms(worlds.native, folder, make);
  assert.deepEqual(port, native, what);
}

const POSITIONS = [-1, -1n, 0, 0n, 3, 5n, 1000, Number.MAX_SAFE_INTEGER, 2n ** 53n + 1n, 2n ** 63n - 100n, -5];

test('read into every part of a buffer', async (t) => {
  const folder = scratch(t);
  for (const position of POSITIONS) {
    for (const [offset, length] of [[0, 64], [0, 0], [5, 10], [63, 1]]) {
      await same(t, folder, `${offset}, ${length}, ${position}`, (fd) => {
        const buffer = Buffer.alloc(64, 0xee);
        return { name: 'read', before: [fd, buffer, offset, length, position], buffers: [buffer] };
      });
    }
  }
});

test('read and write through every kind of view', async (t) => {
  const folder = scratch(t);
  const memory = () => new ArrayBuffer(64);
  const kinds = [Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView, globalThis.Float16Array];
  for (const Kind of kinds.filter(Boolean)) {
    await same(t, folder, Kind.name, (fd) => {
      const view = new Kind(memory(), 8);
      return { name: 'read', before: [fd, view, 1, 9, 2], buffers: [view] };
    });
    await same(t, folder, Kind.name, (fd) => {
      const view = new Kind(memory(), 16);
      return { name: 'writeBuffer', before: [fd, view, 1, 20, 2], ctx: true };
    });
  }
  await same(t, folder, 'shared memory', (fd) => {
    const view = new Uint8Array(new SharedArrayBuffer(16));
    return { name: 'read', before: [fd, view, 0, 16, 0], buffers: [view] };
  });
});

test('writeBuffer at every position', async (t) => {
  const folder = scratch(t);
  for (const position of [null, undefined, -1, 0, 3, 100, 1.5, '7', 2 ** 40]) {
    if (position === 2 ** 40) continue;
    for (const [offset, length] of [[0, 5], [2, 3], [5, 0], [0, 0]]) {
      await same(t, folder, `${offset}, ${length}, ${position}`, (fd) => ({
        name: 'writeBuffer', before: [fd, Buffer.from('ABCDE'), offset, length, position], ctx: true,
      }));
    }
  }
});

test('writeString in every encoding', async (t) => {
  const folder = scratch(t);
  const strings = ['', 'plain', 'äöü', '漢字😀', 'a\uD800b', '\u0130\u0141', '6162zz63', '616', 'YWJj', 'YW Jj\n', 'YQ==YQ==', '-_-_', 'x'.repeat(5000), 'é'.repeat(5000), '漢'.repeat(70000)];
  for (const encoding of ENCODINGS) {
    for (const string of strings) {
      for (const position of [null, 4]) {
        await same(t, folder, `${string.slice(0, 20)}, ${encoding}, ${position}`, (fd) => ({
          name: 'writeString', before: [fd, string, position, encoding], ctx: true,
        }));
      }
    }
  }
});

test('several buffers', async (t) => {
  const folder = scratch(t);
  const sizes = [[], [0], [3], [1, 2, 3], [0, 5, 0, 40, 7], new Array(1500).fill(1)];
  for (const lengths of sizes) {
    for (const position of [null, 0, 6, -1, 1.5]) {
      await same(t, folder, `read ${lengths.length}, ${position}`, (fd) => {
        const buffers = lengths.map((length) => Buffer.alloc(length, 0xee));
        return { name: 'readBuffers', before: [fd, buffers, position], buffers };
      });
      await same(t, folder, `write ${lengths.length}, ${position}`, (fd) => ({
        name: 'writeBuffers', before: [fd, lengths.map((length, i) => Buffer.alloc(length, 65 + (i % 26))), position],
      }));
    }
  }
});

test('descriptors that are none', async () => {
  const buffer = Buffer.alloc(4);
  const bad = [-1, 1.5, NaN, Infinity, 2 ** 31, 2 ** 32, 1e10, 1e21, '1', null, undefined, true, {}, [], 1n, Symbol('fd'), () => {}, -0.5, 999999];
  const calls = {
    close: [], fstat: [false], read: [buffer, 0, 4, 0], readBuffers: [[buffer], null],
    writeBuffers: [[buffer], null],
  };
  const withContext = { writeBuffer: [buffer, 0, 4, null], writeString: ['text', null, 'utf8'] };
  for (const fd of bad) {
    for (const [name, rest] of Object.entries({ ...calls, ...withContext })) {
      const of = async ({ binding }) => {
        const context = {};
        const before = [fd, ...rest];
        const extra = name in withContext ? [undefined, context] : name === 'fstat' ? [undefined] : [];
        return {
          sync: sync(() => binding[name](...before, ...extra)), context,
          callback: await callback(binding, name, before),
          promise: await promise(binding, name, before),
        };
      };
      assert.deepEqual(await of(worlds.port), await of(worlds.native), `${name}(${String(fd)})`);
    }
  }
});

test('modes that are none', () => {
  for (const mode of [undefined, null, 0, 8, -1, 1.5, 2 ** 31, '4', {}, 4n, NaN, Symbol('mode')]) {
    const of = ({ binding }) => sync(() => binding.access('/etc', mode));
    assert.deepEqual(of(worlds.port), of(worlds.native), String(mode));
  }
});

/** Files whose decoding is delicate. */
const TEXTS = {
  empty: '', ascii: 'plain', 'long ascii': 'x'.repeat(300_000), latin1: 'naïve '.repeat(20_000), mixed: 'añ漢b😀'.repeat(30_000),
  mark: Buffer.from([0xef, 0xbb, 0xbf, 0x61]), 'only a mark': Buffer.from([0xef, 0xbb, 0xbf]),
  'cut character': Buffer.from([0x61, 0xe6, 0xbc]), 'lone continuation': Buffer.from([0x80, 0x61, 0xbf]),
  surrogates: Buffer.from([0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]), overlong: Buffer.from([0xc0, 0x80, 0xe0, 0x80, 0x80]),
  'beyond Unicode': Buffer.from([0xf4, 0x90, 0x80, 0x80, 0xf8, 0x88, 0x80, 0x80, 0x80]), zeros: Buffer.alloc(10),
  'all bytes': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  'invalid at the end of a long text': Buffer.concat([Buffer.from('漢字'.repeat(50_000)), Buffer.from([0xe6])]),
  'mark inside': Buffer.from('a\uFEFFb'), 'noncharacters': '\uFFFE\uFFFF\u{10FFFF}',
};

test('readFileUtf8 of delicate texts, by path and by descriptor', (t) => {
  const file = path.join(scratch(t), 'file');
  for (const [kind, text] of Object.entries(TEXTS)) {
    fs.writeFileSync(file, text);
    const of = ({ binding }) => {
      const fd = fs.openSync(file);
      fs.readSync(fd, Buffer.alloc(1), 0, 1, null);
      const outcome = [sync(() => binding.readFileUtf8(file, 0)), sync(() => binding.readFileUtf8(fd, 0)), sync(() => binding.readFileUtf8(fd, 0))];
      fs.closeSync(fd);
      return outcome;
    };
    assert.deepEqual(of(worlds.port), of(worlds.native), kind);
  }
  const closed = ({ binding }) => sync(() => binding.readFileUtf8(999_999, 0));
  assert.deepEqual(closed(worlds.port), closed(worlds.native));
});

test('random bytes decode the same', (t) => {
  const file = path.join(scratch(t), 'file');
  const seed = Number(process.env.PORTLAB_SEED ?? Date.now() % 1e9);
  t.diagnostic(`PORTLAB_SEED=${seed}`);
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const pieces = [[0x41], [0xc3, 0xa9], [0xe6, 0xbc, 0xa2], [0xf0, 0x9f, 0x98, 0x80], [0xff], [0xe6], [0xf0, 0x9f], [0x80], Array(20).fill(0x62)];
  for (let round = 0; round < 500; round++) {
    const bytes = Buffer.from(Array.from({ length: random(80) }, () => pieces[random(round % 2 ? pieces.length : 4)]).flat());
    fs.writeFileSync(file, bytes);
    assert.equal(worlds.port.binding.readFileUtf8(file, 0), worlds.native.binding.readFileUtf8(file, 0), bytes.toString('hex'));
  }
});

test('writeFileUtf8, by path and by descriptor', (t) => {
  const folder = scratch(t);
  const file = path.join(folder, 'file');
  const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_EXCL } = fs.constants;
  const strings = ['', 'plain', 'äöü漢😀', '\uD800', 'a\uDC00\uD800b', 'x'.repeat(200_000), '漢'.repeat(100_000), 'ÿ'.repeat(100_000)];
  for (const string of strings) {
    for (const flags of [O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_APPEND, O_WRONLY | O_CREAT | O_EXCL]) {
      const of = ({ binding }) => {
        fs.writeFileSync(file, 'before');
        const byPath = sync(() => binding.writeFileUtf8(file, string, flags, 0o640));
        const content = fs.readFileSync(file).toString('hex');
        const fd = fs.openSync(file, 'r+');
        const byDescriptor = sync(() => binding.writeFileUtf8(fd, string, flags, 0o640));
        fs.closeSync(fd);
        return { byPath, content, byDescriptor, after: fs.readFileSync(file).toString('hex') };
      };
      assert.deepEqual(of(worlds.port), of(worlds.native));
    }
  }
  for (const place of ['/dev/full', '/no/such/file', folder]) {
    const of = ({ binding }) => sync(() => binding.writeFileUtf8(place, 'text', O_WRONLY, 0o666));
    assert.deepEqual(of(worlds.port), of(worlds.native), place);
  }
});

test('a full device and a closed pipe', async () => {
  const fd = fs.openSync('/dev/full', 'w');
  const of = async ({ binding }) => {
    const context = {};
    return [
      sync(() => binding.writeBuffer(fd, Buffer.from('x'), 0, 1, null, undefined, context)), comparable(context), context,
      await promise(binding, 'writeBuffer', [fd, Buffer.from('x'), 0, 1, null]),
      await callback(binding, 'writeString', [fd, 'x', null, 'utf8']),
      sync(() => binding.writeBuffers(fd, [Buffer.from('x'), Buffer.from('y')], null)),
    ];
  };
  assert.deepEqual(await of(worlds.port), await of(worlds.native));
  fs.closeSync(fd);
});

test('times before 1970', (t) => {
  const file = path.join(scratch(t), 'file');
  fs.writeFileSync(file, '');
  fs.utimesSync(file, new Date('1960-01-01T00:00:00.250Z'), new Date('1950-02-03T00:00:00Z'));
  const of = ({ binding }) => [sync(() => binding.stat(file, false, undefined)), sync(() => binding.lstat(file, true, undefined))];
  assert.deepEqual(of(worlds.port), of(worlds.native));
});
