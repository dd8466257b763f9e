// Every function of fs that takes a callback, with arguments of every kind.
import fs from 'node:fs';
import { anyPath, unopened } from './arguments.mjs';
import { compare } from './compare.mjs';
import { complete, testedIn, untested } from './complete.mjs';
import { masks } from './masks.mjs';
import { asynchronous, opening, signatures } from './signatures.mjs';

const covered = new Set();

// Where Node throws in a later turn, nobody can catch it and the process ends: rm, which calls its callback unchecked; a
// recursive readdir of a path that is no string; opendir with a size that Dir refuses; readFile of a number that is no
// descriptor. Without a callback close says nothing of its end, nor does symlink, which takes anything as its fourth argument.
const exceptions = {
  close: { callback: 'always', exact: true },
  readFile: { unless: ([text]) => /^[-\dNI]/.test(text) && !/^(1000000|2147483647)$/.test(text) },
  rm: { callback: 'always', exact: true },
  rmdir: { callback: 'always', exact: true },
  symlink: { unless: (texts) => texts.length > 3 && texts[3] !== 'callback' },
  readdir: { unless: (texts) => /Buffer|Array/.test(texts[0]) && texts.some((text) => text.includes('recursive')) },
  opendir: { unless: (texts) => texts.some((text) => /bufferSize: (?!(?:1|2|32)(?![.\d]))/.test(text)) },
};

for (const [name, parameters] of Object.entries({ ...signatures, ...asynchronous, opendir: [unopened(anyPath), opening] })) {
  covered.add(name);
  compare(name, parameters, ({ world }, args) => world.module[name](...args), { callback: true, masked: masks[name], ...exceptions[name] });
}

compare('realpath.native', signatures.realpath, ({ world }, args) => world.module.realpath.native(...args), { callback: true });

complete(Object.keys(fs).filter((name) => typeof fs[name] === 'function' && /^[a-z_]/.test(name) && !name.endsWith('Sync')), covered, {
  createReadStream: testedIn('streams.test.mjs'),
  createWriteStream: testedIn('streams.test.mjs'),
  openAsBlob: untested('reads through the binding of blobs'),
  watch: testedIn('../watching.test.mjs'),
  watchFile: testedIn('../watching.test.mjs'),
  unwatchFile: testedIn('../watching.test.mjs'),
  _toUnixTimestamp: untested('calls no binding'),
});
