// A child of terminal.test.mjs, with a terminal as its standard input and output: `on-terminal.mjs native|ported FILE`.
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as worlds from './worlds.mjs';

const [, , name, facts] = process.argv;
const world = worlds[name];
const tty = world.require('tty');
const input = new tty.ReadStream(0);
const output = new tty.WriteStream(1);
const told = { isTTY: [input.isTTY, output.isTTY], columns: output.columns, rows: output.rows, raw: [input.isRaw] };
told.raw.push(input.setRawMode(true) === input, input.isRaw);
let typed = '';
const done = new Promise((resolve) => {
  input.setEncoding('utf8').on('data', (text) => {
    typed += text;
    if (typed.length === 2) resolve();
  });
});
output.cork();
for (const part of ['h\u00e9llo', ' 1', Buffer.from(' 2'), ' 3\n']) output.write(part);
output.uncork();
output.write('ready\n');
await done;
told.typed = typed;
input.setRawMode(false);
told.raw.push(input.isRaw);
told.window = output.getWindowSize();
told.reference = [output.hasColors(), output._handle.hasRef(), input._handle.hasRef()];
input.pause();
const file = openSync(fileURLToPath(import.meta.url), 'r');
try {
  new tty.ReadStream(file);
} catch ({ code, message, info }) {
  told.error = { code, message, info };
}
closeSync(file);
input.destroy();
await once(input, 'close');
told.calls = world.portCalls?.() ?? 0;
writeFileSync(facts, JSON.stringify(told));
output.end(() => process.exit(0));
