// Folders with something of everything, the paths in them, and what a call changes there.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { callback, promise, sync, worlds } from './world.mjs';

/** A folder with something of everything. */
export async function furnish(folder) {
  const at = (...names) => path.join(folder, ...names);
  fs.mkdirSync(at('dir'));
  fs.mkdirSync(at('empty'));
  fs.mkdirSync(at('locked'));
  fs.writeFileSync(at('file'), 'content');
  fs.writeFileSync(at('dir', 'inside'), '');
  fs.writeFileSync(at('ünï漢😀'), 'é');
  fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x61, 0xc3])]), 'latin');
  fs.symlinkSync('file', at('link'));
  fs.symlinkSync('dir', at('link-to-dir'));
  fs.symlinkSync('nowhere', at('dangling'));
  fs.symlinkSync('loop', at('loop'));
  const server = net.createServer().listen(at('socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

/**
 * Paths below `folder`, made anew for each use; a few are outside, which only functions that read are to be given.
 */
export function paths(folder) {
  const at = (...names) => path.join(folder, ...names);
  const long = 'x'.repeat(255);
  return {
    file: at('file'),
    directory: at('dir'),
    'directory with a slash': `${at('dir')}/`,
    'file with a slash': `${at('file')}/`,
    empty: at('empty'),
    missing: at('missing'),
    'missing below missing': at('missing', 'a', 'b'),
    'below a file': at('file', 'x'),
    'below a dangling link': at('dangling', 'x'),
    'non-ASCII': at('ünï漢😀'),
    'missing non-ASCII': at('fehlt-ß-漢-😀'),
    'lone surrogate': at('a\uD800b'),
    buffer: Buffer.from(at('file')),
    'missing buffer': Buffer.from(at('fehlt-ß')),
    'Uint8Array': new Uint8Array(Buffer.from(at('file'))),
    'not UTF-8': Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x61, 0xc3])]),
    'missing and not UTF-8': Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xfe, 0x61, 0xe2, 0x82])]),
    link: at('link'),
    'link to a directory': at('link-to-dir'),
    dangling: at('dangling'),
    loop: at('loop'),
    socket: at('socket'),
    dots: `${at('dir')}/../file`,
    'no path': '',
    root: '/',
    relative: path.relative(process.cwd(), at('file')),
    'long name': at(long),
    'too long a name': at(`${long}y`),
    'long path': `${folder}${'/.'.repeat(2000 - folder.length / 2)}/file`,
    'too long a path': `${folder}${'/.'.repeat(4096)}/file`,
    device: '/dev/null',
    procfs: '/proc/self/status',
  };
}

/** Kinds that a function which changes something can be given: they stay in the folder. */
export const changeable = Object.keys(paths('/folder')).filter(
  (kind) => !['root', 'procfs', 'device', 'no path', 'relative', 'long path'].includes(kind),
);

/**
 * Calls a function in its three forms and both worlds, each time in a freshly furnished folder.
 * @param {string} folder
 * @param {string} name
 * @param {(paths: Record<string, string | Uint8Array>) => unknown[]} choose The arguments before the request.
 * @param {(binding: object, outcome: object) => unknown} [look] At the outcome, before it is compared.
 * @returns {Promise<Record<'native' | 'port', Record<string, { outcome: unknown, left: unknown[] }>>>}
 */
export async function inPlace(folder, name, choose, look = (_, outcome) => outcome) {
  const outcomes = {};
  for (const [world, { binding }] of Object.entries(worlds)) {
    const forms = {
      sync: (values) => sync(() => binding[name](...values)),
      callback: (values) => callback(binding, name, values),
      promise: (values) => promise(binding, name, values),
    };
    outcomes[world] = {};
    for (const [form, run] of Object.entries(forms)) {
      const place = path.join(folder, 'place');
      fs.mkdirSync(place);
      const server = await furnish(place);
      const outcome = look(binding, await run(choose(paths(place))));
      outcomes[world][form] = { outcome, left: tree(place) };
      server.close();
      fs.rmSync(place, { recursive: true });
    }
  }
  return outcomes;
}

/** What stands in a folder: names, and what is known of them. A time of this century is one that nobody has set. */
function tree(folder) {
  const set = (milliseconds) => (milliseconds < 946_684_800_000 ? milliseconds : 'recent');
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'latin1' })
    .sort()
    .map((name) => {
      const file = Buffer.from(`${folder}/${name}`, 'latin1');
      const stats = fs.lstatSync(file, { throwIfNoEntry: false });
      if (stats === undefined) return [name];
      const { mode, nlink, uid, gid, atimeMs, mtimeMs } = stats;
      const content = stats.isFile() ? fs.readFileSync(file, 'latin1') : stats.isSymbolicLink() ? fs.readlinkSync(file, 'latin1') : undefined;
      return [name, mode, nlink, uid, gid, set(atimeMs), set(mtimeMs), content];
    });
}
