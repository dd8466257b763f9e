// Streams of files: what they say, chunk by chunk and event by event, and what becomes of their descriptors.
import {
  anyBoolean, anyEncoding, anyFlags, anyMode, anyPath, argument, boolean, data, encoding, finiteDescriptor, given, handle, made, mostly, options, shown, wrong,
} from './arguments.mjs';
import { compare } from './compare.mjs';
import { fc } from './packages.mjs';
import { MOST_TURNS, turn } from './run.mjs';

const offset = mostly(shown(0, 3, 24, 100, undefined), shown(-1, 1.5, NaN, Infinity, null, '3', 2 ** 53), wrong);
const room = shown(7, 64, 4096, undefined);
/** Not aborted: Node destroys such a stream before it opens its file, which then stays open. */
const signal = mostly(shown(undefined), made('new AbortController().signal', () => new AbortController().signal), shown(null, 5));
const ending = { autoClose: anyBoolean, emitClose: anyBoolean, signal };
const reading = { encoding: anyEncoding, start: offset, end: offset, highWaterMark: room, ...ending };
const writing = { encoding: anyEncoding, start: offset, highWaterMark: room, flush: anyBoolean, ...ending };
const opening = { flags: anyFlags, mode: anyMode };
/** A stream that its constructor refuses for its encoding opens its file all the same, later, and nobody hears of it: none of these. */
const textEncoding = fc.oneof(encoding.filter(({ text }) => text !== '"buffer"'), shown(undefined, null));
const chunks = fc.array(data, { maxLength: 5 }).map((items) =>
  argument(`[${items.map(({ text }) => text).join(', ')}]`, (run) => items.map((item) => item.make(run))));
const EVENTS = ['open', 'ready', 'data', 'end', 'finish', 'error', 'close'];

/** Uses a stream until nothing more comes of it; then destroys it. */
async function ended(run, stream, use) {
  let isDone = false;
  for (const event of EVENTS) if (event !== 'data' || 'bytesRead' in stream) stream.on(event, run.listener(event));
  for (const event of ['end', 'finish', 'error']) stream.on(event, () => { isDone = true; });
  use(stream);
  // Of itself it is destroyed in the turn after its end, if at all.
  let turns = 0;
  do {
    await turn();
    await turn();
  } while (!stream.closed && (stream.destroyed || !isDone) && ++turns < MOST_TURNS);
  const left = { standings: run.standings(), pending: stream.pending, path: stream.path, read: stream.bytesRead, written: stream.bytesWritten };
  stream.destroy();
  // The event comes after what it tells.
  turns = 0;
  do await turn();
  while (!stream.closed && ++turns < MOST_TURNS);
  await turn();
  return { ...left, closed: stream.closed };
}

const read = (run, stream) => ended(run, stream, () => {});
const write = (run, stream, parts) =>
  ended(run, stream, () => {
    for (const part of parts) {
      try {
        stream.write(part);
      } catch (error) {
        run.listener('refused')(error);
      }
    }
    stream.end();
  });

compare('createReadStream', [anyPath, options({ ...reading, ...opening }, anyEncoding)], async (run, args) => read(run, run.world.module.createReadStream(...args)), { exact: true });
compare('createReadStream of what is open', [finiteDescriptor, options(reading)], async (run, [fd, given]) => read(run, run.world.module.createReadStream('named', { ...given, fd })), { exact: true });
compare('createWriteStream', [anyPath, options({ ...writing, ...opening, encoding: textEncoding }, textEncoding), chunks], async (run, [path, options, parts]) => write(run, run.world.module.createWriteStream(path, options), parts), { exact: true });
compare('createWriteStream to what is open', [finiteDescriptor, options(writing), chunks], async (run, [fd, given, parts]) => write(run, run.world.module.createWriteStream('named', { ...given, fd }), parts), { exact: true });

// A stream that its constructor refuses holds its FileHandle for ever, and nobody can close that any more: no such options.
const accepted = {
  encoding: textEncoding, start: shown(0, 3, 24, 100, undefined), highWaterMark: room,
  autoClose: anyBoolean, emitClose: anyBoolean,
};
const acceptedRange = fc.constantFrom([], [undefined, 24], [0, 0], [3, 3], [3, 200], [24, Infinity], [100, 100]).map(([start, end]) => argument(`${start} to ${end}`, () => ({ start, end })));
compare('createReadStream of a FileHandle', [handle, acceptedRange, given(accepted)], async (run, [one, range, options]) => read(run, one.createReadStream({ ...options, ...range })), { exact: true });
compare('createWriteStream of a FileHandle', [handle, given({ ...accepted, flush: boolean }), chunks], async (run, [one, options, parts]) => write(run, one.createWriteStream(options), parts), { exact: true });
compare('readLines', [handle, acceptedRange, given({ encoding: accepted.encoding })], async (_, [one, range, options]) => [await Array.fromAsync(one.readLines({ ...options, ...range })), one.fd], { exact: true });
compare('readableWebStream', [handle, given({ autoClose: boolean, type: shown('bytes', undefined) })], async (_, [one, options]) => [await Array.fromAsync(one.readableWebStream(options)), one.fd], { exact: true });
