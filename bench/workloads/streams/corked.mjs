/** An answer of several small writes in several encodings, corked so that they go out as one writev. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listen, offerLoad } from '../../inputs/load.mjs';

const PARTS = [
  ['status: ok\r\n', 'latin1'], ['größe: 42 µs\r\n', 'utf8'], ['漢字\r\n', 'utf8'], ['dW5kIHNv', 'base64'],
  ['name: façade\r\n', 'latin1'], [Buffer.from([0, 1, 2, 3, 250]), undefined], ['\r\n', 'ascii'], ['wide', 'utf16le'],
];

async function publicApi(ctx) {
  const { size, lanes } = ctx.params;
  const answer = join(ctx.armDir, 'answer');
  writeFileSync(answer, Buffer.concat(PARTS.map(([part, encoding]) => Buffer.from(part, encoding))));
  const server = ctx.module.createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => {
      socket.cork();
      for (const [part, encoding] of PARTS) socket.write(part, encoding);
      socket.uncork();
    });
  });
  return offerLoad(ctx, await listen(server), { kind: 'echo', size, answer }, { lanes });
}
export { publicApi as public };
