/** A whole file from a string: the file exists and is truncated. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { lengthIfEqual, textOf } from '../../inputs/text.mjs';

const FLAGS = constants.O_TRUNC | constants.O_CREAT | constants.O_WRONLY;

function target({ stock, armDir, params }) {
  const text = textOf(params);
  const path = join(armDir, 'written');
  const check = lengthIfEqual(text);
  return { text, path, value: () => check(stock.readFileSync(path, 'utf8')) };
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { text, path, value } = target(ctx);
  return { run: () => fs.writeFileUtf8(path, text, FLAGS, 0o666), value };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { text, path, value } = target(ctx);
  return { run: () => fs.writeFileSync(path, text), value };
}
export { publicApi as public };
