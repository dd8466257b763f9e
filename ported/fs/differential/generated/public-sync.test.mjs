// Every synchronous function of fs, with arguments of every kind.
import fs from 'node:fs';
import { anyPath, unopened } from './arguments.mjs';
import { compare } from './compare.mjs';
import { complete, untested } from './complete.mjs';
import { masks } from './masks.mjs';
import { opening, signatures } from './signatures.mjs';

const covered = new Set();

function every(name, parameters, masked) {
  covered.add(name);
  compare(name, parameters, ({ world }, args) => world.module[name](...args), { masked });
}

for (const [name, parameters] of Object.entries(signatures)) every(`${name}Sync`, parameters, masks[name]);
every('mkdtempDisposableSync', signatures.mkdtemp, masks.mkdtempDisposable);

compare('realpathSync.native', signatures.realpath, ({ world }, args) => world.module.realpathSync.native(...args));

covered.add('opendirSync');
compare('opendirSync', [unopened(anyPath), opening], ({ world }, args) => {
  const dir = world.module.opendirSync(...args);
  const entries = [dir.path];
  for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) entries.push(entry);
  dir.closeSync();
  return entries;
});

complete(Object.keys(fs).filter((name) => name.endsWith('Sync') && typeof fs[name] === 'function'), covered, {
  openAsBlobSync: untested('reads through the binding of blobs'),
});
