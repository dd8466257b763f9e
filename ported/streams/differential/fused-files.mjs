// Pipelines between files, natively and fused: content, counters, events, errors, and when nothing is fused.
import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import stockZlib from 'node:zlib';
import { bytes, closed, contentOf, digest, folder, outcome, recorded, same, stateOf, test } from './fused-worlds.mjs';

const SIZES = [0, 1, 65_536, 200_001, 3_000_000];
for (const size of SIZES) writeFileSync(join(folder, `in-${size}`), bytes(size));
const source = join(folder, 'in-200001');
const large = join(folder, 'in-3000000');
const PAIRS = { Gzip: 'gunzipSync', Deflate: 'inflateSync', DeflateRaw: 'inflateRawSync' };

const ROOT = new URL('../../../', import.meta.url);
const TEXTS = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'Cargo.lock', 'README.md', 'docs/GAPS.md', 'docs/METHODOLOGY.md', 'shims/internal-binding/async-context.js'];

/** Pipes, and tells everything. */
async function told({ promises }, streams, { compressed = false } = {}) {
  const logs = recorded(streams);
  const list = Object.values(streams);
  const result = await outcome(promises.pipeline(...list));
  await closed(...list);
  const states = Object.entries(streams).map(([name, stream]) => [name, stateOf(stream, { bytesWritten: !compressed || name !== 'sink' })]);
  return { result, logs, states };
}

for (const size of SIZES) {
  test(`a file of ${size} bytes is copied`, () =>
    same(true, async (arm) => {
      const streams = { source: arm.fs.createReadStream(join(folder, `in-${size}`)), sink: arm.fs.createWriteStream(arm.out) };
      return [await told(arm, streams), contentOf(arm.out)];
    }));

  for (const [name, back] of Object.entries(PAIRS)) {
    test(`a file of ${size} bytes is compressed by ${name}, and decompressed`, async () => {
      const sizes = [];
      await same(true, async (arm) => {
        const streams = { source: arm.fs.createReadStream(join(folder, `in-${size}`)), zlib: new arm.zlib[name](), sink: arm.fs.createWriteStream(arm.out) };
        const all = await told(arm, streams, { compressed: true });
        const packed = readFileSync(arm.out);
        sizes.push(packed.length);
        assert.equal(streams.sink.bytesWritten, packed.length);
        return [all, digest(stockZlib[back](packed)), name === 'Gzip' ? packed.subarray(0, 10) : ''];
      });
      assert.ok(sizes[1] <= sizes[0] * 1.03 + 32, `${sizes}`);
      // And the other way, from what Node made.
      const packed = join(folder, `packed-${name}`);
      writeFileSync(packed, stockZlib[back.replace('inflate', 'deflate').replace('gunzip', 'gzip')](bytes(size)));
      await same(true, async (arm) => {
        const decompressor = new arm.zlib[{ Gzip: 'Gunzip', Deflate: 'Inflate', DeflateRaw: 'InflateRaw' }[name]]();
        const streams = { source: arm.fs.createReadStream(packed), zlib: decompressor, sink: arm.fs.createWriteStream(arm.out) };
        return [await told(arm, streams), contentOf(arm.out)];
      });
    });
  }
}

test('options of zlib are obeyed: headers, dictionary, and sizes within 3% of Node', async () => {
  const dictionary = bytes(5000);
  const text = join(folder, 'text');
  writeFileSync(text, TEXTS.map((name) => readFileSync(new URL(name, ROOT), 'latin1')).join(''), 'latin1');
  const combinations = [{ windowBits: 10 }, { memLevel: 2 }, { strategy: 2 }, { strategy: 4 }, { dictionary }, { level: 3, dictionary, windowBits: 12, memLevel: 9, chunkSize: 100 }];
  for (let level = -1; level <= 9; level++) combinations.push({ level });
  for (const options of combinations) {
    for (const name of ['Deflate', 'Gzip']) {
      const sizes = [];
      await same(true, async (arm) => {
        const streams = { source: arm.fs.createReadStream(text), zlib: new arm.zlib[name](options), sink: arm.fs.createWriteStream(arm.out) };
        const { result } = await told(arm, streams, { compressed: true });
        const packed = readFileSync(arm.out);
        sizes.push(packed.length);
        return [result, packed.subarray(0, name === 'Gzip' ? 10 : 2), digest(stockZlib[PAIRS[name]](packed, options))];
      });
      assert.ok(sizes[1] <= sizes[0] * 1.03 + 32, `${name} ${JSON.stringify(options)}: ${sizes}`);
    }
  }
});

test('options of files are obeyed', async () => {
  const reading = [{ start: 10 }, { end: 70_000 }, { start: 1000, end: 1000 }, { start: 500_000 }, { highWaterMark: 10 }, { highWaterMark: 1 << 20 }, { emitClose: false }];
  for (const options of reading) {
    await same(true, async (arm) => {
      const streams = { source: arm.fs.createReadStream(source, options), sink: arm.fs.createWriteStream(arm.out) };
      const result = await outcome(arm.promises.pipeline(...Object.values(streams)));
      return [result, contentOf(arm.out), streams.source.bytesRead, streams.source.pos];
    });
  }
  const writing = [{ flags: 'a' }, { flags: 'r+' }, { flags: 'r+', start: 7 }, { flush: true }, { highWaterMark: 1 }, { mode: 0o600 }, { encoding: 'latin1' }];
  for (const options of writing) {
    for (const compressed of [false, true]) {
      await same(true, async (arm) => {
        writeFileSync(arm.out, 'what was there before');
        const sink = arm.fs.createWriteStream(arm.out, options);
        const list = [arm.fs.createReadStream(source), ...(compressed ? [arm.zlib.createGunzip()] : []), sink];
        if (compressed) {
          writeFileSync(join(folder, 'packed'), stockZlib.gzipSync(bytes(100_000)));
          list[0] = arm.fs.createReadStream(join(folder, 'packed'));
        }
        const result = await outcome(arm.promises.pipeline(...list));
        return [result, contentOf(arm.out), sink.bytesWritten, sink.pos, statSync(arm.out).mode];
      });
    }
  }
});

test('descriptors stand where they would', () =>
  same(true, async ({ fs, promises, out }) => {
    const [from, to] = [fs.openSync(source, 'r'), fs.openSync(out, 'w+')];
    fs.readSync(from, Buffer.alloc(5));
    fs.writeSync(to, 'abc');
    const streams = [fs.createReadStream(null, { fd: from, autoClose: false }), fs.createWriteStream(null, { fd: to, autoClose: false })];
    const result = await outcome(promises.pipeline(...streams));
    const rest = [fs.readSync(from, Buffer.alloc(5)), fs.writeSync(to, 'xyz')];
    fs.closeSync(from);
    fs.closeSync(to);
    return [result, rest, contentOf(out), streams.map(({ destroyed, fd }) => [destroyed, typeof fd])];
  }));

test('every form of the call is fused', async () => {
  const forms = {
    callback: ({ stream }, list) => new Promise((resolve) => assert.equal(stream.pipeline(...list, (...values) => resolve(values)), list.at(-1))),
    array: ({ stream }, list) => new Promise((resolve) => stream.pipeline(list, (...values) => resolve(values))),
    promisified: ({ stream }, list) => promisify(stream.pipeline)(...list),
    property: ({ stream }, list) => stream.promises.pipeline(...list),
    signal: ({ promises }, list) => promises.pipeline(...list, { signal: new AbortController().signal }),
    open: async ({ promises }, list) => {
      const result = await outcome(promises.pipeline(...list, { end: false }));
      const state = [list.at(-1).writableEnded, list.at(-1).destroyed];
      await new Promise((resolve) => list.at(-1).end('more', resolve));
      return [result, state];
    },
  };
  for (const form of Object.values(forms)) {
    await same(true, async (arm) => {
      const list = [arm.fs.createReadStream(source), arm.fs.createWriteStream(arm.out)];
      const result = await form(arm, list);
      await closed(...list);
      return [result, contentOf(arm.out)];
    });
  }
  await same(undefined, ({ stream, promises }) => [stream.pipeline, promises.pipeline].map(({ name, length }) => [name, length]));
});

/** What an observer does to the streams before pipeline(); each is a reason not to fuse. */
const OBSERVERS = {
  'data of the source': ({ source }) => source.on('data', () => {}).pause(),
  'data of zlib': ({ zlib }) => zlib.on('data', () => {}),
  'readable of zlib': ({ zlib }) => zlib.on('readable', () => {}).off('readable', () => {}) && zlib.removeAllListeners('readable') && zlib.on('pause', () => {}),
  'drain of the sink': ({ sink }) => sink.on('drain', () => {}),
  'resume of the source': ({ source }) => source.on('resume', () => {}),
  'newListener of the source': ({ source }) => source.on('newListener', () => {}),
  'another pipe': ({ source, arm }) => source.pipe(new arm.stream.PassThrough()).resume(),
  'a decoder': ({ source }) => source.setEncoding('latin1'),
  'a method of the source': ({ source }) => (source.push = (...values) => Object.getPrototypeOf(source).push.apply(source, values)),
  'a method of the sink': ({ sink }) => (sink._write = (...values) => Object.getPrototypeOf(sink)._write.apply(sink, values)),
  'a flush for every write': ({ replace, arm }) => replace('zlib', new arm.zlib.Gzip({ flush: arm.zlib.constants.Z_SYNC_FLUSH })),
  'an earlier write to the sink': ({ sink }) => sink.write('first'),
  'an earlier write to zlib': ({ zlib }) => zlib.write('first'),
  'a corked sink': ({ sink }) => sink.cork() || process.nextTick(() => sink.uncork()),
  'a subclass': ({ replace, arm }) => replace('sink', new (class Mine extends arm.fs.WriteStream {})(arm.out)),
  'an fs of the user': ({ replace, arm }) => replace('source', arm.fs.createReadStream(source, { fs: { ...arm.fs } })),
  'an object that reads': ({ replace, arm }) => replace('source', arm.stream.Readable.from([Buffer.from('content')])),
  'a transform of the user': ({ replace, arm }) => replace('zlib', new arm.stream.PassThrough()),
  brotli: ({ replace, arm }) => replace('zlib', arm.zlib.createBrotliCompress()),
};

for (const [name, observe] of Object.entries(OBSERVERS)) {
  test(`nothing is fused with ${name}`, () =>
    same(false, async (arm) => {
      const streams = { source: arm.fs.createReadStream(source), zlib: arm.zlib.createGzip(), sink: arm.fs.createWriteStream(arm.out) };
      const replace = (key, stream) => {
        streams[key].destroy();
        streams[key] = stream;
      };
      observe({ ...streams, arm, replace });
      const result = await outcome(arm.promises.pipeline(...Object.values(streams)));
      return [result, contentOf(arm.out)];
    }));
}

test('nothing is fused after a method of a class was replaced, until it is put back', async () => {
  for (const [isFused, owner, name] of [[false, 'ReadStream', '_read'], [false, 'WriteStream', '_writev'], [false, 'ReadStream', 'push'], [false, undefined, 'read'], [true, undefined, 'stat']]) {
    await same(isFused, async ({ fs, promises, out }) => {
      const target = owner === undefined ? fs : fs[owner].prototype;
      const property = Object.getOwnPropertyDescriptor(target, name);
      const original = target[name];
      let calls = 0;
      target[name] = function (...values) {
        calls++;
        return Reflect.apply(original, this, values);
      };
      try {
        await promises.pipeline(fs.createReadStream(source), fs.createWriteStream(out));
      } finally {
        if (property) Object.defineProperty(target, name, property);
        else delete target[name];
      }
      return [calls > 0, contentOf(out)];
    });
  }
  await same(true, ({ fs, promises, out }) => promises.pipeline(fs.createReadStream(source), fs.createWriteStream(out)));
});

test('nothing is fused while async_hooks look', () =>
  same(false, async ({ fs, promises, out }) => {
    const hook = createHook({ init() {} }).enable();
    await promises.pipeline(fs.createReadStream(source), fs.createWriteStream(out));
    hook.disable();
    return contentOf(out);
  }));

test('what is added right after the call is seen', () =>
  same(false, async ({ fs, zlib, promises, out }) => {
    const from = fs.createReadStream(source);
    const done = promises.pipeline(from, zlib.createGzip(), fs.createWriteStream(out));
    let seen = 0;
    from.on('data', ({ length }) => (seen += length));
    await done;
    return seen;
  }));

/** Calls back once some of it has been read. */
function whenUnderWay(stream, callback) {
  const timer = setInterval(() => {
    if (stream.bytesRead === 0 && !stream.destroyed) return;
    clearInterval(timer);
    callback();
  }, 1);
}

test('somebody who looks later sees the rest, and whoever writes in between is heard', async () => {
  // Long enough for several turns, and nothing on the disk.
  const long = join(folder, 'long');
  writeFileSync(long, '');
  truncateSync(long, 1 << 27);
  await same(true, async ({ fs, promises, out }) => {
    const from = fs.createReadStream(long);
    let seen = 0;
    whenUnderWay(from, () => from.on('data', ({ length }) => (seen += length)));
    const to = fs.createWriteStream(out);
    await promises.pipeline(from, to);
    return [from.bytesRead, to.bytesWritten, statSync(out).size, seen < from.bytesRead];
  });
  await same(true, async ({ fs, promises, out }) => {
    const [from, to] = [fs.createReadStream(long), fs.createWriteStream(out)];
    const written = new Promise((resolve) => whenUnderWay(from, () => to.write('!'.repeat(1000), resolve)));
    const result = await outcome(promises.pipeline(from, to));
    await written;
    const content = readFileSync(out);
    const at = content.indexOf('!');
    return [result, to.bytesWritten, content.length, content.lastIndexOf('!') - at];
  });
});

const damaged = stockZlib.gzipSync(bytes(500_000));
damaged[damaged.length - 6] ^= 1;
writeFileSync(join(folder, 'damaged.gz'), damaged);
writeFileSync(join(folder, 'cut.gz'), damaged.subarray(0, damaged.length - 20));
writeFileSync(join(folder, 'padded.gz'), Buffer.concat([stockZlib.gzipSync('hello'), stockZlib.gzipSync(' world'), Buffer.alloc(100_000)]));
mkdirSync(join(folder, 'directory'));

for (const [name, from, to] of [
  ['a source that is absent', 'absent', undefined],
  ['a source that is a directory', 'directory', undefined],
  ['a sink in no directory', 'in-1', 'absent/out'],
  ['a sink that is a directory', 'in-1', 'directory'],
]) {
  test(`${name} fails as natively`, async () => {
    for (const compressed of [false, true]) {
      await same(undefined, async (arm) => {
        const streams = { source: arm.fs.createReadStream(join(folder, from)), sink: arm.fs.createWriteStream(to === undefined ? arm.out : join(folder, to)) };
        const { result, logs } = await told(arm, compressed ? { source: streams.source, zlib: arm.zlib.createGzip(), sink: streams.sink } : streams);
        return [result, Object.values(logs).map(([, log]) => log.filter((event) => typeof event !== 'string'))];
      });
    }
  });
}

for (const [name, klass] of [['damaged.gz', 'Gunzip'], ['cut.gz', 'Gunzip'], ['in-200001', 'Gunzip'], ['in-0', 'Gunzip'], ['damaged.gz', 'Inflate'], ['in-1', 'Unzip'], ['padded.gz', 'Gunzip']]) {
  test(`${name} through ${klass} ends as natively`, () =>
    same(true, async (arm) => {
      const streams = { source: arm.fs.createReadStream(join(folder, name)), zlib: new arm.zlib[klass](), sink: arm.fs.createWriteStream(arm.out) };
      const { result, logs } = await told(arm, streams);
      // How far the source had come, which decides how it ends, depends on threads.
      delete logs.source;
      return [result, Object.values(logs).map(([, log]) => log.filter((event) => event !== 'finish' && event !== 'end' && event !== 'prefinish'))];
    }));
}

test('an aborted pipeline ends as natively, whenever that is', async () => {
  const moments = {
    before: (abort) => abort(),
    ready: (abort, { from }) => from.on('ready', abort),
    later: (abort, { from }) => from.on('ready', () => setTimeout(abort, 5)),
  };
  for (const moment of Object.values(moments)) {
    for (const compressed of [false, true]) {
      await same(undefined, async ({ fs, zlib, promises, out }) => {
        const controller = new AbortController();
        const [from, to] = [fs.createReadStream(large), fs.createWriteStream(out)];
        const list = compressed ? [from, zlib.createGzip({ level: 9 }), to] : [from, fs.createWriteStream('/proc/self/oom_score_adj_absent')];
        moment(() => controller.abort(new Error('enough')), { from });
        const result = await outcome(promises.pipeline(...list, { signal: controller.signal }));
        if (!compressed) to.destroy();
        await closed(...list, to);
        return compressed ? [result, list.map(({ destroyed, fd }) => [destroyed, fd])] : list.map(({ destroyed }) => destroyed);
      });
    }
  }
});

test('a stream that is destroyed in the middle ends the others as natively', async () => {
  for (const which of [0, 1, 2]) {
    for (const error of [undefined, new Error('enough')]) {
      await same(true, async ({ fs, zlib, promises, out }) => {
        const list = [fs.createReadStream(large), zlib.createGzip({ level: 9 }), fs.createWriteStream(out)];
        const done = outcome(promises.pipeline(...list));
        whenUnderWay(list[0], () => list[which].destroy(error));
        const result = await done;
        await closed(...list);
        // Natively it depends on whether a write was under way which of two codes a destroyed stream leaves.
        const failed = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(result.error?.code) ? 'destroyed' : result;
        return [failed, list.map(({ destroyed, fd }) => [destroyed, fd])];
      });
    }
  }
});

test('the store of the caller is there in every callback', () =>
  same(true, async ({ fs, zlib, stream, out }) => {
    const storage = new AsyncLocalStorage();
    const stores = [];
    await storage.run('mine', () => new Promise((resolve) => {
      const to = fs.createWriteStream(out);
      to.on('finish', () => stores.push(storage.getStore()));
      stream.pipeline(fs.createReadStream(large), zlib.createGzip(), to, () => resolve(stores.push(storage.getStore())));
    }));
    return stores;
  }));

test('many at once share the pool', () =>
  same(true, async ({ fs, zlib, promises, out }) => {
    const paths = Array.from({ length: 20 }, (_, i) => `${out}-${i}`);
    await Promise.all(paths.map((path) => promises.pipeline(fs.createReadStream(source), zlib.createGzip(), fs.createWriteStream(path))));
    return paths.map((path) => digest(stockZlib.gunzipSync(readFileSync(path))));
  }));

