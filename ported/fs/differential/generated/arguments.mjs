// Arguments of every kind. An argument is made anew for each of the two runs, since calls write into Buffers.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fs from 'node:fs';
import { fc } from './packages.mjs';
import { names, place, strangeName } from './place.mjs';

/**
 * @typedef {object} Argument
 * @property {string} text What stands in a report.
 * @property {(run: import('./run.mjs').Run) => unknown} make The value for one run.
 * @property {boolean} isAwaited Whether that is a promise for it.
 */

/** @returns {Argument} */
export const argument = (text, make, isAwaited = false) => ({ text, make, isAwaited, [fc.toStringMethod]: () => text });
const fixed = (text, value) => argument(text, () => value);
/** Values that show themselves. */
const shown = (...values) => fc.constantFrom(...values.map((value) => fixed(typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? JSON.stringify(value) : String(value), value)));
const made = (text, make) => fc.constant(argument(text, make));
const mostly = (usual, ...others) => fc.oneof({ weight: 4 + 2 * others.length, arbitrary: usual }, ...others);
const bytesText = (bytes) => `Buffer.from('${bytes.toString('hex')}', 'hex')`;

/**
 * What hardly any parameter takes. No number that could be somebody else's descriptor: 0 to 2 are the reporter's, and
 * some more are the event loop's.
 */
export const wrong = fc.oneof(
  shown(undefined, null, true, false, NaN, Infinity, -1, 1.5, 1e6, 2 ** 32, 2 ** 53, -(2 ** 31), 10n, '', 'text', '\0', "it's", 'a text of more than twenty-eight characters'),
  made('{}', () => ({})),
  made('[]', () => []),
  made("['a']", () => ['a']),
  // Where lib takes it for the callback, it is one.
  made('callback', (run) => run.callback()),
  made("Symbol('s')", () => Symbol('s')),
  made('new Date(0)', () => new Date(0)),
  made('Object.create(null)', () => Object.create(null)),
  made("new String('a')", () => new String('a')),
  made('new Uint16Array(2)', () => new Uint16Array(2)),
  made("new DataView(new ArrayBuffer(3))", () => new DataView(new ArrayBuffer(3))),
  made('new ArrayBuffer(3)', () => new ArrayBuffer(3)),
  made("{ toString: () => 'a' }", () => ({ toString: () => 'a' })),
);

// Paths. Everything stands below the place, except where a function only reads.

const known = fc.constantFrom(...names.files, ...names.folders, ...names.links, ...names.missing);
/** Not above the place. */
const below = ([name, end]) => name !== '.' || !end.includes('..');
const ending = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  fc.constantFrom('/', '//', '/.', '/./', '/../a', '/x', '/up'),
);
/** Any code points, lone surrogates among them. */
const unicode = (range) => fc.array(fc.oneof(fc.integer({ min: 0, max: 0x10ffff }), fc.integer({ min: 0, max: 0xff })), range).map((points) => String.fromCodePoint(...points));
const unicodeName = unicode({ minLength: 1, maxLength: 6 }).map((name) => name.replaceAll(/[/\0]/g, '_')).filter((name) => name !== '.' && name !== '..');
const longName = fc
  .tuple(fc.constantFrom('x', 'é', '漢', '😀'), fc.integer({ min: -3, max: 3 }))
  .map(([character, over]) => {
    const bytes = Buffer.byteLength(character);
    return character.repeat(Math.floor(255 / bytes)) + 'x'.repeat(Math.max(0, (255 % bytes) + over));
  });
/** Absolute paths around PATH_MAX, of many short steps. */
const longPath = fc.tuple(fc.integer({ min: -3, max: 4 }), fc.constantFrom('a', 'missing', 'd/x')).map(([over, name]) => {
  const room = 4096 + over - place.length - name.length - 1;
  return `${place}${'/.'.repeat(Math.floor(room / 2))}${room % 2 === 1 ? '/' : ''}/${name}`;
});
const inside = fc.oneof(
  { weight: 14, arbitrary: fc.tuple(known, ending).filter(below).map(([name, end]) => `${place}/${name}${end}`) },
  { weight: 2, arbitrary: fc.tuple(known, ending).filter(below).map(([name, end]) => `${name}${end}`) },
  { weight: 2, arbitrary: unicodeName.map((name) => `${place}/${name}`) },
  longName.map((name) => `${place}/${name}`),
  longPath,
  fc.constantFrom(`${place}/a\ud800b`, '\udfff', `${place}//a`, `${place}/d/../d/x`, './a', `${place}/`),
);
const withNul = fc.constantFrom(`${place}/a\0`, '\0', `${place}/d\0/x`);

/** A path in one of its classes. */
const spelt = (text) =>
  fc.oneof(
    { weight: 8, arbitrary: text.map((value) => fixed(short(value), value)) },
    { weight: 2, arbitrary: text.map((value) => argument(`Buffer.from(${short(value)})`, () => Buffer.from(value))) },
    text.map((value) => argument(`new Uint8Array(Buffer.from(${short(value)}))`, () => new Uint8Array(Buffer.from(value)))),
    text.map((value) => argument(`Buffer.from(${short(`x${value}`)}).subarray(1)`, () => Buffer.from(`x${value}`).subarray(1))),
  );
const short = (text) => JSON.stringify(text.length > 200 ? `${text.slice(0, 60)}…(${text.length})…${text.slice(-20)}` : text);
const strange = fc.constantFrom(strangeName, Buffer.from([0xfe]), Buffer.from([0xe2, 0x82, 0x61]), Buffer.from([0x61, 0xf0, 0x9f])).map((name) =>
  argument(bytesText(name), () => Buffer.concat([Buffer.from(`${place}/`), name])),
);
const url = fc.oneof(
  known.map((name) => argument(`pathToFileURL(${short(name)})`, () => pathToFileURL(path.join(place, name)))),
  fc.constantFrom('file:///a%2Fb', 'file:///%00', 'file://host/a', 'http://localhost/a', `file://${place}/%ff`, `file://${place}/a?x#y`, 'data:,a').map((text) =>
    argument(`new URL(${short(text)})`, () => new URL(text)),
  ),
  made('{ href, protocol }', () => ({ href: `file://${place}/a`, protocol: 'file:', pathname: `${place}/a`, hostname: '' })),
);
const abroad = shown('/', '/dev/null', '/etc', '/proc/self', '/no/such', '/proc/version', '');

/** What the binding takes: no NUL, of which lib makes an error; strings, Buffers and Uint8Arrays. */
export const bindingPath = fc.oneof({ weight: 9, arbitrary: spelt(inside) }, strange);
export const bindingPathAbroad = fc.oneof({ weight: 9, arbitrary: bindingPath }, abroad);
/** What users give. */
export const anyPath = mostly(bindingPath, url, spelt(withNul), wrong);
export const anyPathAbroad = mostly(bindingPath, url, spelt(withNul), wrong, abroad);
/** Paths of FIFOs and sockets too, for functions that open nothing. */
export const unopened = (paths) => fc.oneof({ weight: 12, arbitrary: paths }, fc.constantFrom(...names.others).map((name) => fixed(name, `${place}/${name}`)));
/** A directory listed by encodings must hold no name that this process made up. */
export const prefix = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('new-', 'd/new-', 'vacant/', 'é漢', 'missing/x', 'a/x', 'XXXXXX', `${'n'.repeat(249)}`, `${'n'.repeat(250)}`).map((name) => fixed(short(`${place}/${name}`), `${place}/${name}`)) },
  fc.constantFrom('new-', 'd/new-').map((name) => argument(`Buffer.from(${short(name)})`, () => Buffer.from(`${place}/${name}`))),
  fc.constant(argument(bytesText(strangeName), () => Buffer.concat([Buffer.from(`${place}/`), strangeName]))),
  shown('', 'relative-'),
  made('pathToFileURL', () => pathToFileURL(`${place}/new-`)),
  spelt(withNul),
  wrong,
);
/** What a link points to: any text. */
export const target = mostly(fc.oneof(spelt(fc.constantFrom('a', 'd', '../a', 'nowhere', '', 'd/', 'é漢😀', '\ud800', 'x'.repeat(4095), 'x'.repeat(4096), `${place}/a`)), strange), url, spelt(withNul), wrong);

// Descriptors.

const opened = fc
  .tuple(
    fc.constantFrom('a', 'wide', 'bytes', 'empty', 'd', 'd/x'),
    fc.constantFrom('r', 'r+', 'a', 'a+', 'w'),
    fc.constantFrom(0, 0, 3, 100),
  )
  .map(([name, flags, at]) => (name === 'd' ? ['d', 'r', 0] : [name, flags, flags === 'w' || flags === 'a' ? 0 : at]))
  .map(([name, flags, at]) => argument(`open(${name}, ${flags}) at ${at}`, (run) => run.open(path.join(place, name), flags, at)));
const device = fc.constantFrom(['/dev/null', 'r+'], ['/dev/zero', 'r'], ['/dev/full', 'w']).map(([name, flags]) => argument(`open(${name})`, (run) => run.open(name, flags, 0)));
const closed = shown(1_000_000, 2_147_483_647);
export const descriptor = fc.oneof({ weight: 10, arbitrary: opened }, { weight: 2, arbitrary: device }, closed);
/** For the functions that read until the end, and those that change what a descriptor is open on: no device is theirs to change. */
export const finiteDescriptor = fc.oneof({ weight: 10, arbitrary: opened }, closed);
const notDescriptor = shown(-1, -2, 2 ** 31, 2 ** 32, 1.5, NaN, Infinity, -Infinity, '5', 5n, null, undefined);
export const anyDescriptor = mostly(descriptor, notDescriptor, wrong);
export const anyFiniteDescriptor = mostly(finiteDescriptor, notDescriptor, wrong);

/** A FileHandle of the world, for fs.promises. */
export const handle = fc
  .tuple(fc.constantFrom('a', 'wide', 'empty', 'bytes'), fc.constantFrom('r', 'r+', 'a+', 'w+'))
  .map(([name, flags]) => argument(`await open(${name}, ${flags})`, (run) => run.handle(path.join(place, name), flags), true));

// Numbers.

export const mode = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 0o7777 }).map((value) => fixed(`0o${value.toString(8)}`, value)) }, shown(0o644, 0o755, 0o600, 0));
/** Not from 2 ** 31 on: lib lets a mode be that large, and Node's C++ then ends the process (CHECK(IsInt32)). */
export const anyMode = mostly(mode, shown('644', '0o755', '0644', '888', '', 'rwx', -1, 2 ** 32, 0o100644, 1.5, null, undefined), wrong);
export const uid = shown(0, 1, 1000, 65_534, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1);
export const anyUid = mostly(fc.oneof({ weight: 3, arbitrary: uid }, shown(-1)), shown(-2, 2 ** 32, 1.5, '0', null), wrong);
const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = fs.constants;
export const flags = fc
  .tuple(fc.constantFrom(O_RDONLY, O_WRONLY, O_RDWR), fc.subarray([O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_SYNC, O_TRUNC], { maxLength: 4 }))
  .map(([access, others]) => others.reduce((all, one) => all | one, access))
  .map((value) => fixed(`0o${value.toString(8)}`, value));
export const anyFlags = mostly(
  fc.oneof(flags, shown('r', 'r+', 'rs', 'rs+', 'w', 'wx', 'w+', 'wx+', 'a', 'ax', 'a+', 'ax+', 'as', 'as+', 'xw', 'sr')),
  shown('rw', 'R', '', 'r ', 'ww', -1, 2 ** 31, 1.5, null, undefined, 0o20200000),
  wrong,
);
export const position = shown(null, -1, 0, 1, 7, 24, 25, 4096, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1);
export const anyPosition = mostly(position, shown(undefined, -2, 2 ** 53, 1.5, NaN, Infinity, '3', 0n, 7n, -1n, -2n, 2n ** 31n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n, true), wrong);
export const length = shown(0, 1, 3, 24, 4096, 5000, 2 ** 31, 2 ** 40);
export const anyLength = mostly(length, shown(-1, -2.5, 1.5, 2 ** 53, 2 ** 63, NaN, Infinity, '3', null, undefined, 5n), wrong);
export const seconds = fc.oneof(shown(0, 1, 1.5, 0.1, 1e9, 1_234_567_890.123_456, -1, -1.5, 2 ** 31, 2 ** 32, 4e9, 1e-9), fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => fixed(String(value), value)));
export const anyTime = mostly(seconds, shown('1', '1.5', '-3', 'now', '', NaN, Infinity, -Infinity, 1e12, -1e12, 1e300), made('new Date(1e12)', () => new Date(1e12)), made('new Date(NaN)', () => new Date(NaN)), made('new Date(-1)', () => new Date(-1)), wrong);

// Bytes and texts.

const sizes = fc.constantFrom(0, 1, 5, 24, 100, 4096, 9000);
export const buffer = fc.oneof(
  { weight: 4, arbitrary: sizes.map((size) => argument(`Buffer.alloc(${size}, 'ab')`, () => Buffer.alloc(size, 'ab'))) },
  sizes.map((size) => argument(`Buffer.alloc(${size} + 3, 'cd').subarray(3)`, () => Buffer.alloc(size + 3, 'cd').subarray(3))),
  sizes.map((size) => argument(`new Uint8Array(${size})`, () => new Uint8Array(size))),
);
const view = fc.oneof(
  made('new Uint16Array(5)', () => new Uint16Array(5).fill(0x6162)),
  made('new Float64Array(3)', () => new Float64Array(3)),
  made('new DataView(new ArrayBuffer(9), 2, 5)', () => new DataView(new ArrayBuffer(9), 2, 5)),
  made('new Uint8Array(new SharedArrayBuffer(6))', () => new Uint8Array(new SharedArrayBuffer(6))),
);
export const anyBuffer = mostly(buffer, view, wrong);
export const views = fc.array(fc.oneof({ weight: 3, arbitrary: buffer }, view), { maxLength: 12 }).map(list);
export const anyViews = mostly(views, fc.array(fc.oneof({ weight: 5, arbitrary: buffer }, wrong), { maxLength: 4 }).map(list), wrong);
function list(items) {
  return argument(`[${items.map(({ text }) => text).join(', ')}]`, (run) => items.map((item) => item.make(run)));
}
export const text = fc.oneof(
  { weight: 3, arbitrary: unicode({ maxLength: 40 }).map((value) => fixed(JSON.stringify(value), value)) },
  shown('', 'plain', 'ÿé latin', '漢字 😀', '\ud800', 'a\udc00b', '\0', '48656c6c6f', 'aGVsbG8', 'aGVs_-8=', 'zz', '\ufeffmark'),
  fc.constantFrom('x', 'é', '漢', '😀').map((character) => argument(`'${character}'.repeat(9000)`, () => character.repeat(9000))),
);
export const data = fc.oneof(text, buffer);
export const anyData = mostly(data, view, wrong);
export const encoding = shown('utf8', 'utf-8', 'UTF-8', 'buffer', 'latin1', 'binary', 'ascii', 'hex', 'HEX', 'base64', 'base64url', 'ucs2', 'utf16le', 'UCS-2');
export const bindingEncoding = mostly(encoding, shown(undefined, 'nonsense', ''));
export const anyEncoding = mostly(encoding, shown('utf-9', '', 'nonsense', null, undefined, 5), wrong);
export const boolean = shown(true, false);
export const anyBoolean = mostly(fc.oneof(boolean, shown(undefined)), shown(0, 1, null, 'true'), wrong);
export const signal = mostly(
  made('undefined', () => undefined),
  made('AbortSignal.abort()', () => AbortSignal.abort()),
  made("AbortSignal.abort('why')", () => AbortSignal.abort('why')),
  made('new AbortController().signal', () => new AbortController().signal),
  made('{ aborted: true }', () => ({ aborted: true })),
);
export { fixed, made, mostly, shown };

/** An object of options, each of them given or not. */
export function given(fields) {
  return fc.record(fields, { requiredKeys: [] }).map((chosen) =>
    argument(`{ ${Object.entries(chosen).map(([key, { text: value }]) => `${key}: ${value}`).join(', ')} }`, (run) =>
      Object.fromEntries(Object.entries(chosen).map(([key, value]) => [key, value.make(run)]))),
  );
}

/** As {@link given}; or whatever else users give instead. */
export function options(fields, ...instead) {
  return mostly(given(fields), fc.oneof(made('undefined', () => undefined), ...instead), wrong);
}
