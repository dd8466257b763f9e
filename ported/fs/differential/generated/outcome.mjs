// What can be compared of what a call did: values with their classes, errors with everything that they say.
import { timeName } from './place.mjs';

/** Where the binding's arrays of stats have what. */
const STATS = 18;
const INO = 7;
const TIMES = [10, 12, 14, 16];
/** Those that no caller can set: when the inode changed and when it was made. */
const CHANGED = 14;

/**
 * A value as plain data, in which two are equal exactly when nobody could tell the values apart. Inodes and the times of
 * change and birth are taken out, since the furniture is made anew between the two runs.
 * @param {unknown} value
 */
export function comparable(value, depth = 0) {
  if (depth > 8) return 'deeper';
  switch (typeof value) {
    case 'undefined':
      return { undefined: true };
    case 'number':
      return Object.is(value, -0) || !Number.isFinite(value) ? { number: Object.is(value, -0) ? '-0' : String(value) } : value;
    case 'bigint':
      return { bigint: String(value) };
    case 'symbol':
      return { symbol: String(value) };
    case 'function':
      return { function: value.name, length: value.length };
    case 'object':
      return value === null ? null : object(value, depth);
    default:
      return value;
  }
}

function object(value, depth) {
  const next = (entry) => comparable(entry, depth + 1);
  if (value instanceof Error) return error(value, next);
  if (ArrayBuffer.isView(value)) return view(value);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return { class: value.constructor.name, bytes: Buffer.from(value).toString('latin1') };
  }
  if (value instanceof Date) return { date: timeName(value.getTime()) ?? value.getTime() };
  if (value instanceof URL) return { url: value.href };
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? null;
  if (Array.isArray(value)) return { array: value.map(next), class: name };
  if (name === 'FileHandle') return { handle: value.fd };
  if (/^(Big)?(Int)?Stats$/.test(name)) return stats(value, name, next);
  if (/^(Big)?(Int)?StatFs$/.test(name)) return { class: name, ...counts(value) };
  const properties = Reflect.ownKeys(value).map((key) => [String(key), next(value[key])]);
  return { class: name, properties };
}

function error(value, next) {
  const properties = Reflect.ownKeys(value)
    .filter((key) => key !== 'stack')
    .map((key) => [String(key), Object.getOwnPropertyDescriptor(value, key).enumerable, next(value[key])]);
  return { error: Object.getPrototypeOf(value).constructor.name, text: String(value), properties };
}

function view(value) {
  const { name } = value.constructor;
  const isStats = (name === 'Float64Array' || name === 'BigInt64Array') && (value.length === STATS || value.length === 2 * STATS);
  if (isStats) return { class: name, length: value.length, fields: fields(value) };
  if (name === 'Float64Array' || name === 'BigInt64Array') {
    // Those of statfs, of which the numbers of what is free change while we look.
    return { class: name, length: value.length, elements: Array.from(value.subarray(0, 2), String) };
  }
  return { class: name, bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1') };
}

function fields(array) {
  const list = Array.from(array.subarray(0, STATS), String);
  list[INO] = 'inode';
  for (const at of TIMES) {
    const named = at >= CHANGED ? 'changed' : timeName(Number(list[at]) * 1000);
    if (named === undefined) continue;
    list[at] = named;
    list[at + 1] = named;
  }
  return list;
}

function stats(value, name, next) {
  const properties = Reflect.ownKeys(value).map((key) => {
    const [, which] = /([am]|c|birth)time/i.exec(String(key)) ?? [];
    if (key === 'ino' || which === 'c' || /birth/i.test(which)) return [String(key), typeof value[key]];
    // The parts of a time are named as the whole is.
    const named = which && timeName(value[`${which.toLowerCase()}time`].getTime());
    return [String(key), named ?? next(value[key])];
  });
  const kinds = [value.isFile(), value.isDirectory(), value.isSymbolicLink(), value.isFIFO(), value.isSocket()];
  return { class: name, properties, kinds };
}

function counts(value) {
  return { properties: Object.entries(value).map(([key, entry]) => [key, /free|avail/.test(key) ? typeof entry : String(entry)]) };
}
