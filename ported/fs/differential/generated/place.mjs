// The folder in which every case runs: furnished anew after each run that changed it, always under the same path.
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const { O_NOATIME, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/** In memory where there is room, since a test makes some hundred thousand files. */
const room = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const folder = fs.mkdtempSync(path.join(room, 'portlab-fs-'));
/** Where each case finds the same tree, and the working directory of each case. */
export const place = path.join(folder, 'place');
spawnSync('mkfifo', [path.join(folder, 'fifo')]);

// Access later than any change: where the time of access is relative, reading then leaves it alone.
const started = Math.floor(Date.now() / 1000);
const ACCESSED = started + 36_000;
const MODIFIED = started - 7200;

process.on('exit', () => {
  process.chdir('/');
  remove(folder);
});

/** Names of the tree by what they are. */
export const names = {
  files: ['a', 'empty', 'wide', 'bytes', 'exec', 'ünï漢😀', 'd/x', 'd/y/z'],
  folders: ['d', 'd/y', 'vacant', '.'],
  links: ['link', 'link-d', 'dangling', 'loop', 'd/up'],
  others: ['fifo'],
  missing: ['missing', 'missing/deep', 'a/below', 'link/below', 'neu-ß-漢-😀'],
};
/** A name that is no UTF-8. */
export const strangeName = Buffer.from([0xff, 0x61, 0xc3]);

function furnish() {
  const at = (name) => `${place}/${name}`;
  fs.mkdirSync(place);
  for (const name of ['d', 'd/y', 'vacant']) fs.mkdirSync(at(name));
  const contents = {
    a: 'the first of some files\n',
    empty: '',
    wide: 'é漢😀\ufeffñ\n'.repeat(40),
    bytes: Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x61, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0]),
    exec: '#!/bin/sh\n',
    'ünï漢😀': 'named widely',
    'd/x': 'below',
    'd/y/z': 'further below',
  };
  for (const [name, content] of Object.entries(contents)) fs.writeFileSync(at(name), content);
  const strange = Buffer.concat([Buffer.from(at('')), strangeName]);
  fs.writeFileSync(strange, 'named strangely');
  fs.chmodSync(at('exec'), 0o755);
  const links = { link: 'a', 'link-d': 'd', dangling: 'nowhere', loop: 'loop', 'd/up': '../a' };
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, at(name));
  fs.linkSync(path.join(folder, 'fifo'), at('fifo'));
  for (const name of [...Object.keys(contents), ...Object.keys(links), 'fifo', 'd/y', 'd', 'vacant', '.']) {
    fs.lutimesSync(at(name), ACCESSED, MODIFIED);
  }
  fs.lutimesSync(strange, ACCESSED, MODIFIED);
  fs.lutimesSync(place, ACCESSED, MODIFIED);
}

let pristine;
/** Whether the last look at the tree found it as it was furnished. */
let untouched = false;

/** Makes the tree what it was at first. */
export function restore() {
  if (!untouched) {
    process.chdir(folder);
    if (fs.existsSync(place)) remove(place);
    furnish();
    pristine ??= snapshot().join('\n');
    untouched = true;
  }
  process.chdir(place);
}

function remove(tree) {
  try {
    fs.rmSync(tree, { recursive: true, force: true });
  } catch {
    // A case has taken our own rights away.
    spawnSync('chmod', ['-R', 'u+rwx', tree]);
    fs.rmSync(tree, { recursive: true, force: true });
  }
}

/** What the tree is now: names, modes, owners, links, sizes, times, contents and targets, a line each. */
export function look() {
  const seen = snapshot();
  untouched = seen.join('\n') === pristine;
  return seen;
}

function snapshot() {
  const lines = [];
  walk(Buffer.from(place), '.', lines);
  return lines;
}

function walk(at, name, lines) {
  const stats = fs.lstatSync(at, { throwIfNoEntry: false });
  if (stats === undefined) return;
  const { mode, uid, gid, nlink, size } = stats;
  const isFolder = stats.isDirectory();
  const times = `${timeName(stats.atimeMs) ?? stats.atimeMs} ${timeName(stats.mtimeMs) ?? stats.mtimeMs}`;
  lines.push(`${name} ${mode.toString(8)} ${uid}:${gid} ${nlink} ${isFolder ? '' : size} ${times} ${content(at, stats)}`);
  if (!isFolder) return;
  for (const entry of listing(at)) {
    walk(Buffer.concat([at, Buffer.from('/'), entry]), `${name}/${entry.toString('latin1')}`, lines);
  }
}

function listing(at) {
  try {
    return fs.readdirSync(at, 'buffer').sort(Buffer.compare);
  } catch (error) {
    return [Buffer.from(error.code)];
  }
}

/** How much of a file is looked at, at its beginning and at its end: sparse files are long. */
const LOOKED_AT = 4096;
const seenBytes = Buffer.alloc(LOOKED_AT);

function content(at, stats) {
  if (stats.isSymbolicLink()) return fs.readlinkSync(at, 'latin1');
  // The furniture's contents are known as long as it was not written to.
  if (!stats.isFile() || stats.size === 0 || timeName(stats.mtimeMs) === 'modified') return '';
  let fd;
  try {
    fd = fs.openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME);
  } catch (error) {
    return error.code;
  }
  const end = Math.min(stats.size, Number.MAX_SAFE_INTEGER);
  const parts = end > LOOKED_AT ? [0, end - LOOKED_AT] : [0];
  const text = parts.map((position) => seenBytes.latin1Slice(0, fs.readSync(fd, seenBytes, 0, LOOKED_AT, position)));
  fs.closeSync(fd);
  const whole = text.join('…');
  return whole.length > 80 ? hash('sha1', whole) : JSON.stringify(whole);
}

/** A time of the furniture or since the start by its name; undefined for any other. In milliseconds. */
export function timeName(ms) {
  if (ms === ACCESSED * 1000) return 'accessed';
  if (ms === MODIFIED * 1000) return 'modified';
  return ms > (started - 60) * 1000 && ms < (started + 35_000) * 1000 ? 'now' : undefined;
}

/** Descriptors of this process other than `known`, by what they are of. */
export function descriptors(known) {
  const open = new Map();
  for (const name of fs.readdirSync('/proc/self/fd')) {
    if (known.has(Number(name))) continue;
    try {
      open.set(Number(name), fs.readlinkSync(`/proc/self/fd/${name}`, 'latin1'));
    } catch {
      // The one by which they were listed.
    }
  }
  return open;
}

/** Where a descriptor stands and with which flags it was opened; undefined when it is closed. */
export function standing(fd) {
  try {
    return fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').split('\n').slice(0, 2).join(' ');
  } catch {
    return undefined;
  }
}
