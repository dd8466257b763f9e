// A pipeline natively and fused, in one process, and what users can see of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native, port } from './worlds.mjs';

const require = createRequire(import.meta.url);
const { loadPort, makeWorld } = require('../../../shims/internal-binding/index.js');

const described = { ...port, features: ['fused'] };
const fused = makeWorld({ builtin: port.world.builtin, bindings: Object.keys(port.bindings), fresh: port.world.fresh, port: described });

let turns = 0;
const { addon } = loadPort(described);
const { turnPump } = addon;
addon.turnPump = () => {
  turns++;
  turnPump();
};

export const folder = mkdtempSync(join(tmpdir(), 'portlab-fused-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

/**
 * Runs a script on both worlds and compares what it tells.
 * @param {boolean | undefined} isFused Whether a pump must have run; undefined when either is right.
 * @param {(arm: { fs: object, zlib: object, net: object, stream: object, promises: object, out: string }) => any} script
 */
export async function same(isFused, script) {
  const theirs = await script(armOf(native, 'native'));
  const before = turns;
  const mine = await script(armOf(fused, 'fused'));
  if (isFused !== undefined) assert.equal(turns > before, isFused, isFused ? 'no pump ran' : 'a pump ran although somebody looks');
  assert.deepEqual(mine, theirs);
  return mine;
}

function armOf({ require: lib }, name) {
  const out = join(folder, `out-${name}`);
  if (existsSync(out)) rmSync(out);
  return { fs: lib('fs'), zlib: lib('zlib'), net: lib('net'), stream: lib('stream'), promises: lib('stream/promises'), out };
}

export const digest = (bytes) => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
export const contentOf = (path) => digest(readFileSync(path));

/** Bytes that compress a little, the same in every run. */
export function bytes(count) {
  const result = Buffer.alloc(count);
  for (let i = 0, state = 1; i < count; i++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    result[i] = i % 3 === 0 ? state >> 16 : (i >> 9) & 0xff;
  }
  return result;
}

/** A file is opened on a thread: what other streams do to this one comes before that or after it, natively too. */
const OPENING = ['open', 'ready'];
const EVENTS = ['end', 'prefinish', 'finish', 'close', 'error', 'pipe', 'unpipe'];

/** Records the events of each stream in its order; the order between streams depends on threads, natively too. */
export function recorded(streams) {
  const logs = {};
  for (const [name, stream] of Object.entries(streams)) {
    const [opening, log] = (logs[name] = [[], []]);
    for (const event of OPENING) stream.on(event, () => opening.push(event));
    for (const event of EVENTS) stream.on(event, (value) => log.push(value instanceof Error ? [event, plain(value)] : event));
  }
  return logs;
}

/** An error as users tell errors apart. */
export function plain(error) {
  if (error === undefined || error === null) return error;
  const { name, message, code, errno, syscall, path } = error;
  return { name, message: message.replaceAll(/out-(native|fused)/g, 'out'), code, errno, syscall, path: path?.replace(/out-(native|fused)/, 'out'), keys: Object.keys(error) };
}

/** What is left of a stream. */
export function stateOf(stream, { bytesWritten = true } = {}) {
  const { destroyed, closed, errored, pending, fd, bytesRead, readableEnded, readableFlowing, readableAborted, readableDidRead } = stream;
  const { writableEnded, writableFinished, writableLength, writableNeedDrain, writableAborted } = stream;
  return {
    destroyed, closed, errored: plain(errored), pending, fd, bytesRead, readableEnded, readableFlowing, readableAborted,
    writableEnded, writableFinished, writableLength, writableNeedDrain, writableAborted,
    ...(bytesWritten ? { bytesWritten: stream.bytesWritten } : {}),
    hasRead: typeof readableDidRead,
    position: stream.pos,
    // Streams of zlib put a function there while they wait for their reader, and leave it natively.
    own: Reflect.ownKeys(stream).map(String).filter((key) => key !== '_read'),
    listeners: Object.fromEntries(stream.eventNames().map((name) => [String(name), stream.listenerCount(name)])),
  };
}

/** Settles as `promise`, and tells how. */
export const outcome = (promise) => promise.then((value) => ({ value }), (error) => ({ error: plain(error) }));

/** Resolves once all of these are closed. */
export const closed = (...streams) =>
  Promise.all(streams.map((stream) => stream.closed || new Promise((resolve) => stream.once('close', resolve))))
    // It says that it is closed before it tells those who listen.
    .then(() => new Promise(setImmediate));

let last = Promise.resolve();
let unfinished = 0;
process.on('exit', () => {
  if (unfinished > 0) console.log(JSON.stringify({ name: 'every test ends', failure: `${unfinished} did not: nothing was left to wait for` }));
});

/**
 * A test, after those before it. They run without node:test, which looks at every asynchronous operation: then nothing
 * is fused. fused.test.mjs runs this file in a process of its own, and reads a line of JSON a test.
 */
export function test(name, run) {
  unfinished++;
  last = last.then(run).finally(() => unfinished--).then(
    () => console.log(JSON.stringify({ name })),
    (error) => console.log(JSON.stringify({ name, failure: error.stack ?? String(error) })),
  );
}
