// Every method of FileHandle, with arguments of every kind, on handles that are open, closed, or open on a directory.
import fs from 'node:fs';
import path from 'node:path';
import { anyBuffer, anyPosition, argument, handle, options, shown, mostly, wrong } from './arguments.mjs';
import { compare } from './compare.mjs';
import { complete, testedIn } from './complete.mjs';
import { fc } from './packages.mjs';
import { place } from './place.mjs';
import { ofPromises, signatures } from './signatures.mjs';

const directory = fc.constant(argument('await open(d, r)', (run) => run.handle(path.join(place, 'd'), 'r'), true));
const closed = handle.map(({ text, make }) =>
  argument(`closed ${text}`, async (run) => {
    const one = await make(run);
    await one.close();
    return one;
  }, true),
);
const anyHandle = fc.oneof({ weight: 10, arbitrary: handle }, closed, directory);

const offset = mostly(shown(0, 1, 3, 24, undefined), shown(-1, 1.5, 2 ** 31, NaN, null, '3', 3n), wrong);
/** Integers: Node 24 does not look at what else it is given, and ends the process (CHECK(IsInt32)). */
const length = shown(0, 1, 3, 24, 100, -1, 2 ** 31, null, undefined);
const part = { offset, length, position: anyPosition };

/** What each takes, as the function of fs does whose first argument is a path or a descriptor. */
const methods = {
  appendFile: ofPromises.appendFile.slice(1),
  chmod: signatures.fchmod.slice(1),
  chown: signatures.fchown.slice(1),
  datasync: [],
  read: [anyBuffer, offset, length, anyPosition],
  readFile: ofPromises.readFile.slice(1),
  readv: signatures.readv.slice(1),
  stat: signatures.fstat.slice(1),
  sync: [],
  truncate: signatures.ftruncate.slice(1),
  utimes: signatures.futimes.slice(1),
  write: signatures.write.slice(1),
  writeFile: ofPromises.writeFile.slice(1),
  writev: signatures.writev.slice(1),
};
for (const [name, parameters] of Object.entries(methods)) {
  compare(name, [anyHandle, ...parameters], (_, [one, ...args]) => one[name](...args), { exact: parameters.length === 0 });
}
compare('read with options', [anyHandle, options({ buffer: anyBuffer, ...part })], (_, [one, given]) => one.read(given), { exact: true });
compare('read into a part by options', [anyHandle, anyBuffer, options(part)], (_, [one, ...args]) => one.read(...args), { exact: true });
compare('write with options', [anyHandle, anyBuffer, options(part)], (_, [one, ...args]) => one.write(...args), { exact: true });

compare('reads and writes that follow each other', [anyHandle, anyBuffer, anyPosition, anyBuffer], async (_, [one, first, position, second]) => {
  const done = [];
  for (const step of [() => one.read(first, 0, 5), () => one.write(second, 0, 3), () => one.read(first, 1, 4, position), () => one.stat(), () => one.readFile('latin1'), () => one.write('end')]) {
    try {
      const { bytesRead, bytesWritten, size = undefined } = Object(await step());
      done.push([bytesRead, bytesWritten, size]);
    } catch (error) {
      done.push(error);
    }
  }
  return done;
}, { exact: true });

compare('close, at once, again and afterwards', [anyHandle, shown('read', 'stat', 'readFile', 'close')], async (run, [one, method]) => {
  one.on('close', run.listener('close'));
  const under = one[method]().catch((error) => error);
  const closing = [one.close(), one.close()];
  const said = [closing[0] === closing[1], one.fd, (await under)?.code, await Promise.all(closing), await one.close(), one.fd];
  for (const name of ['read', 'stat', 'sync', 'readFile', 'truncate']) said.push(await one[name]().catch((error) => error));
  return said;
}, { exact: true });
compare('await using', [anyHandle], async (_, [one]) => [await one[Symbol.asyncDispose](), one.fd], { exact: true });

const opened = await fs.promises.open('/');
complete(
  Object.getOwnPropertyNames(Object.getPrototypeOf(opened)).filter((name) => !['constructor', 'fd'].includes(name)),
  Object.keys(methods),
  {
    createReadStream: testedIn('streams.test.mjs'),
    createWriteStream: testedIn('streams.test.mjs'),
    readLines: testedIn('streams.test.mjs'),
    readableWebStream: testedIn('streams.test.mjs'),
    getAsyncId: testedIn('../async-context.test.mjs', 'executionAsyncId'),
  },
);
await opened.close();
