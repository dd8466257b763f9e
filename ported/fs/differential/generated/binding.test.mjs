// Every function of the binding in its three forms, with every argument that lib may hand it.
//
// What lib never hands over is left out, for Node ends the process there (a CHECK of its C++): paths that are neither
// strings nor Uint8Arrays or that contain NUL, numbers of another kind or out of the kind's range, parts outside a
// Buffer, callbacks without oncomplete.
import { worlds } from '../world.mjs';
import {
  anyDescriptor, anyFiniteDescriptor, argument, bindingEncoding, bindingPath, bindingPathAbroad, boolean, buffer, finiteDescriptor, flags, made, mode, seconds,
  shown, text, uid, unopened, views,
} from './arguments.mjs';
import { compare } from './compare.mjs';
import { complete, testedIn } from './complete.mjs';
import { masks } from './masks.mjs';
import { fc } from './packages.mjs';
import { place } from './place.mjs';

const anywhere = unopened(bindingPathAbroad);
const own = unopened(bindingPath);
const position = shown(-1, 0, 1, 7, 24, 25, 2 ** 31, 2 ** 53 - 1);
const offset = fc.oneof({ weight: 3, arbitrary: position }, shown(null, undefined));
const seconds2 = [seconds, seconds];
/** Buffer, offset and length, which fit; for a read there must be a byte at the offset. */
const partOf = (atLeast) =>
  fc.tuple(buffer.filter(({ text: shownAs }) => atLeast === 0 || !shownAs.includes('(0')), fc.nat(9000), fc.nat(9000)).map(([whole, from, count]) =>
    argument(`...part(${whole.text}, ${from}, ${count})`, (run) => {
      const bytes = whole.make(run);
      const start = from % (bytes.length + 1 - atLeast);
      return new Part([bytes, start, count % (bytes.length - start + 1)]);
    }),
  );
class Part {
  constructor(values) {
    this.values = values;
  }
}
const retries = shown(0, 1);

/** Arguments before the request. */
const parameters = {
  access: [anywhere, shown(0, 1, 2, 4, 5, 6, 7, undefined, null, 8, -1, 1.5, '4', NaN, 2 ** 32)],
  chmod: [own, mode],
  chown: [own, uid, uid],
  close: [anyDescriptor],
  copyFile: [bindingPath, bindingPath, shown(0, 1, 2, 3, 4)],
  fchmod: [anyFiniteDescriptor, mode],
  fchown: [anyFiniteDescriptor, uid, uid],
  fdatasync: [anyDescriptor],
  fstat: [anyDescriptor, boolean],
  fsync: [anyDescriptor],
  ftruncate: [anyDescriptor, shown(0, 1, 24, 4097, -1, 2 ** 40)],
  futimes: [anyFiniteDescriptor, ...seconds2],
  lchown: [own, uid, uid],
  link: [own, own],
  lstat: [anywhere, boolean],
  lutimes: [own, ...seconds2],
  mkdir: [own, mode, boolean],
  mkdtemp: [fc.constantFrom('new-', 'd/new-', 'é漢', 'missing/x', 'a/x', 'n'.repeat(249), 'n'.repeat(250)).map((name) => argument(name, () => `${place}/${name}`)), bindingEncoding],
  open: [bindingPathAbroad, flags, mode],
  openFileHandle: [bindingPathAbroad, flags, mode],
  read: [anyDescriptor, partOf(1), fc.oneof({ weight: 5, arbitrary: position }, shown(0n, 7n, -1n, 2n ** 62n))],
  readBuffers: [anyDescriptor, views, offset],
  readdir: [bindingPathAbroad, bindingEncoding, boolean],
  readlink: [anywhere, bindingEncoding],
  realpath: [anywhere, bindingEncoding],
  rename: [own, own],
  rmdir: [own],
  stat: [anywhere, boolean],
  statfs: [anywhere, boolean],
  symlink: [bindingPath, own, shown(0, 1)],
  unlink: [own],
  utimes: [own, ...seconds2],
  writeBuffer: [anyDescriptor, partOf(0), offset],
  writeBuffers: [anyDescriptor, views, offset],
  writeString: [anyDescriptor, text, offset, bindingEncoding],
};

/** The paths that are strings. */
function textual(paths) {
  return paths.filter(({ text: shownAs }) => shownAs.startsWith('"'));
}

/** Those without a request. */
const synchronous = {
  existsSync: [anywhere],
  getFormatOfExtensionlessFile: [textual(bindingPath)],
  internalModuleStat: [textual(anywhere)],
  readFileUtf8: [fc.oneof({ weight: 4, arbitrary: bindingPath }, finiteDescriptor), flags],
  writeFileUtf8: [fc.oneof({ weight: 4, arbitrary: bindingPath }, finiteDescriptor), text, flags, mode],
  rmSync: [own, retries, boolean, retries],
};

/** What comes behind the request. */
const behind = {
  stat: [fc.oneof(shown(undefined), boolean)],
  lstat: [fc.oneof(shown(undefined), boolean)],
  writeBuffer: [made('{}', () => ({}))],
  writeString: [made('{}', () => ({}))],
};
const forms = ['sync', 'callback', 'promise'];

for (const [name, before] of Object.entries(parameters)) {
  const after = behind[name] ?? [];
  compare(
    name,
    [...before, ...after],
    (run, args, form) => {
      const { binding } = run.world;
      const flat = args.flatMap((value) => (value instanceof Part ? value.values : [value]));
      const end = flat.splice(flat.length - after.length);
      return binding[name](...flat, ...request(run, form, flat[1], end), ...end);
    },
    { forms: name === 'openFileHandle' ? forms.slice(1) : forms, exact: true, masked: masks[name] },
  );
}

/** The request of the form; nothing in its place only where nothing follows. */
function request(run, form, bigint, end) {
  const { binding } = run.world;
  if (form === 'sync') return end.length > 0 ? [undefined] : [];
  if (form === 'promise') return [binding.kUsePromises];
  const req = new binding.FSReqCallback(bigint === true);
  const callback = run.callback();
  req.oncomplete = function (...args) {
    callback.apply(this === req ? 'the request' : this, args);
  };
  return [req];
}

for (const [name, given] of Object.entries(synchronous)) {
  compare(name, given, ({ world }, args) => world.binding[name](...args), { exact: true });
}

const { binding } = worlds.native;
complete(
  Object.keys(binding).filter((name) => typeof binding[name] === 'function' && /^[a-z]/.test(name)),
  [...Object.keys(parameters), ...Object.keys(synchronous)],
  {
    cpSyncCheckPaths: testedIn('../cp-steps.test.mjs'),
    cpSyncCopyDir: testedIn('../cp-steps.test.mjs'),
    cpSyncOverrideFile: testedIn('../cp-steps.test.mjs'),
    // It takes what the module loader has read from package.json.
    legacyMainResolve: testedIn('../loader.test.mjs'),
    readdirRecursive: testedIn('public-sync.test.mjs', 'readdirSync'),
  },
);
