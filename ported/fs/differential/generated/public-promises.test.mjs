// Every function of fs.promises, with arguments of every kind.
import fs from 'node:fs';
import { anyPath, unopened } from './arguments.mjs';
import { compare } from './compare.mjs';
import { complete, testedIn } from './complete.mjs';
import { masks } from './masks.mjs';
import { ofPromises, opening, signatures } from './signatures.mjs';

const covered = new Set(['opendir', 'glob']);

/** Those that work on descriptors are methods of FileHandle here. */
const promised = Object.keys(ofPromises).filter((name) => typeof fs.promises[name] === 'function' && name !== 'glob');
for (const name of promised) {
  covered.add(name);
  compare(`promises.${name}`, ofPromises[name], ({ world }, args) => world.module.promises[name](...args), { masked: masks[name] });
}
covered.add('mkdtempDisposable');
compare('promises.mkdtempDisposable', signatures.mkdtemp, ({ world }, args) => world.module.promises.mkdtempDisposable(...args), { masked: masks.mkdtempDisposable });

compare('promises.glob', signatures.glob, ({ world }, args) => Array.fromAsync(world.module.promises.glob(...args)));
// A size that Dir refuses ends the process: it is thrown in a later turn.
const badSize = (texts) => texts.some((text) => /bufferSize: (?!(?:1|2|32)(?![.\d]))/.test(text));
compare('promises.opendir', [unopened(anyPath), opening], async (run, args) => {
  // A function among the options is taken for the callback, and the promise then never settles.
  const dir = await Promise.race([run.world.module.promises.opendir(...args), run.called.promise]);
  return [dir?.path, await Array.fromAsync(dir ?? [])];
}, { unless: badSize });

complete(Object.keys(fs.promises).filter((name) => typeof fs.promises[name] === 'function'), covered, {
  watch: testedIn('../watching.test.mjs'),
});
