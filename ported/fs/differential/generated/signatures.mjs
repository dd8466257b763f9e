// What each function of fs takes, for all of its forms: of `stat` there are statSync, stat and promises.stat.
import fs from 'node:fs';
import {
  anyBoolean, anyBuffer, anyData, anyDescriptor, anyEncoding, anyFiniteDescriptor, anyFlags, anyLength, anyMode, anyPath,
  anyPathAbroad, anyPosition, anyTime, anyUid, anyViews, data, fixed, handle, made, mostly, options, prefix, shown, signal, target,
  unopened, wrong,
} from './arguments.mjs';
import { fc } from './packages.mjs';
import { names, place } from './place.mjs';

const encodingOptions = options({ encoding: anyEncoding }, anyEncoding);
const bigint = options({ bigint: anyBoolean });
const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;
const copyMode = mostly(shown(0, COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_EXCL | COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE, undefined, null), shown(-1, 8, 1.5, '1'), wrong);
const accessMode = mostly(shown(0, 1, 2, 4, 5, 6, 7, undefined, null), shown(8, -1, 1.5, '4', 4n), wrong);
const writing = options({ encoding: anyEncoding, mode: anyMode, flag: anyFlags, flush: anyBoolean, signal }, anyEncoding);
const reading = options({ encoding: anyEncoding, flag: anyFlags, signal }, anyEncoding);
const pathOrDescriptor = fc.oneof({ weight: 3, arbitrary: anyPath }, anyFiniteDescriptor);
const unopenedPath = unopened(anyPathAbroad);
/** Changes something, and so stays below the place. */
const ownPath = unopened(anyPath);
const count = mostly(shown(0, 1, 3, 24, 30, 100), shown(-1, 1.5, 2 ** 31, 2 ** 53, NaN, null, undefined, '3', 3n), wrong);
/**
 * Paths whose status the kernel refuses to tell (through links to nowhere or in a loop, a name or a path that is too long) are left out of cp:
 * its C++ asks std::filesystem in the form that throws, nobody catches, and the process ends.
 */
const copied = anyPath.filter(({ text }) => !/loop|dangling|…\(/.test(text));
const filter = fc.oneof(
  made('() => true', (run) => run.listener('filter', () => true)),
  made('() => false', (run) => run.listener('filter', () => false)),
  made("(name) => !name.endsWith('x')", (run) => run.listener('filter', (name) => !name.endsWith('x'))),
  made('throws', (run) => run.listener('filter', () => { throw new Error('mine'); })),
);
const copying = options({
  recursive: anyBoolean, force: anyBoolean, errorOnExist: anyBoolean, dereference: anyBoolean, preserveTimestamps: anyBoolean,
  verbatimSymlinks: anyBoolean, filter: mostly(filter, shown(undefined)), mode: copyMode,
});
/** With a retry that does not hold us. */
const removing = options({ recursive: anyBoolean, force: anyBoolean, maxRetries: mostly(shown(0, 1), shown(-1, '1', 1.5)), retryDelay: mostly(shown(0, 1), shown(-1, null)) });

/**
 * Options of a listing. A recursive one has no encoding: in UTF-16 a name of one byte is no name at all, and Node then
 * walks the same directory for ever.
 */
export function listing(fields) {
  return fc.oneof(options({ encoding: anyEncoding, ...fields }, anyEncoding), options({ recursive: anyBoolean, ...fields }));
}

export const opening = listing({ bufferSize: mostly(shown(1, 2, 32), shown(0, -1, 1.5, '3', 2 ** 32)) });

/**
 * Parameters by function, without the callback.
 * @type {Record<string, import('./arguments.mjs').Argument[]>}
 */
export const signatures = {
  access: [unopenedPath, accessMode],
  appendFile: [pathOrDescriptor, anyData, writing],
  chmod: [ownPath, anyMode],
  chown: [ownPath, anyUid, anyUid],
  close: [anyDescriptor],
  copyFile: [anyPath, anyPath, copyMode],
  cp: [copied, copied, copying],
  exists: [unopenedPath],
  fchmod: [anyFiniteDescriptor, anyMode],
  fchown: [anyFiniteDescriptor, anyUid, anyUid],
  fdatasync: [anyDescriptor],
  fstat: [anyDescriptor, bigint],
  fsync: [anyDescriptor],
  ftruncate: [anyDescriptor, anyLength],
  futimes: [anyFiniteDescriptor, anyTime, anyTime],
  glob: [
    mostly(shown('*', '**', '**/x', 'd/*', '{a,d}/**', '[ab]*', '', '?', 'd/**/z', 'missing/*'), made("['a', 'd/*']", () => ['a', 'd/*'])),
    options({ withFileTypes: anyBoolean, exclude: mostly(shown(undefined), made("['d']", () => ['d']), made('exclude', (run) => run.listener('exclude', () => false))) }),
  ],
  lchown: [ownPath, anyUid, anyUid],
  link: [ownPath, ownPath],
  lstat: [unopenedPath, options({ bigint: anyBoolean, throwIfNoEntry: anyBoolean })],
  lutimes: [ownPath, anyTime, anyTime],
  mkdir: [ownPath, options({ recursive: anyBoolean, mode: anyMode }, anyMode)],
  mkdtemp: [prefix, encodingOptions],
  open: [anyPath, anyFlags, anyMode],
  read: [anyDescriptor, anyBuffer, count, count, anyPosition],
  readFile: [pathOrDescriptor, reading],
  readdir: [anyPath, listing({ withFileTypes: anyBoolean })],
  readlink: [unopenedPath, encodingOptions],
  readv: [anyDescriptor, anyViews, anyPosition],
  realpath: [unopenedPath, encodingOptions],
  rename: [ownPath, ownPath],
  rm: [ownPath, removing],
  rmdir: [ownPath, options({ recursive: shown(undefined, false, null, 1), maxRetries: shown(0, 1, -1), retryDelay: shown(0, 1, -1) })],
  stat: [unopenedPath, options({ bigint: anyBoolean, throwIfNoEntry: anyBoolean })],
  statfs: [unopenedPath, bigint],
  symlink: [target, ownPath, mostly(shown(undefined, null, 'file', 'dir', 'junction'), shown('', 'link', 1), wrong)],
  truncate: [fc.oneof({ weight: 3, arbitrary: anyPath }, anyDescriptor), anyLength],
  unlink: [ownPath],
  utimes: [ownPath, anyTime, anyTime],
  write: [anyDescriptor, fc.oneof(anyBuffer, anyData), fc.oneof(count, anyPosition), fc.oneof(count, anyEncoding), anyPosition],
  writeFile: [pathOrDescriptor, anyData, writing],
  writev: [anyDescriptor, anyViews, anyPosition],
};

/** Of what is not there, cp reports whichever of its two paths it has asked for first: only one of them may be missing. */
const existing = fc.constantFrom(...names.files, 'd', 'vacant', 'link', 'link-d').map((name) => fixed(name, `${place}/${name}`));
/** What differs where functions have a callback or a promise. */
export const asynchronous = { cp: [existing, copied, copying] };

/** Where fs.promises takes a FileHandle, and what it alone takes. */
export const ofPromises = {
  ...signatures,
  ...asynchronous,
  readFile: [fc.oneof({ weight: 3, arbitrary: anyPath }, handle, anyDescriptor), reading],
  writeFile: [fc.oneof({ weight: 3, arbitrary: anyPath }, handle, anyDescriptor), fc.oneof({ weight: 4, arbitrary: anyData }, iterable()), writing],
  appendFile: [fc.oneof({ weight: 3, arbitrary: anyPath }, handle, anyDescriptor), fc.oneof({ weight: 4, arbitrary: anyData }, iterable()), writing],
  truncate: [anyPath, anyLength],
  lchmod: [ownPath, anyMode],
};

/** Chunks that come one by one. */
function iterable() {
  return fc.array(data, { maxLength: 4 }).chain((chunks) => {
    const texts = chunks.map((chunk) => chunk.text).join(', ');
    const valuesOf = (run) => chunks.map((chunk) => chunk.make(run));
    return fc.constantFrom(
      { ...fixed(`[${texts}].values()`), make: (run) => valuesOf(run).values() },
      { ...fixed(`async function* () { ${texts} }`), make: (run) => (async function* () { yield* valuesOf(run); })() },
    );
  });
}
