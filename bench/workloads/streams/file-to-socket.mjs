/** `pipeline` of a file into each connection, which the client reads to its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listen, offerLoad } from '../../inputs/load.mjs';
import { ascii } from '../../inputs/text.mjs';

async function publicApi(ctx) {
  const { size, lanes } = ctx.params;
  const { createReadStream } = ctx.require('fs');
  const { pipeline } = ctx.require('stream');
  const file = join(ctx.armDir, 'file');
  writeFileSync(file, ascii(size));
  const server = ctx.module.createServer((socket) => {
    pipeline(createReadStream(file), socket, (error) => { if (error) throw error; });
  });
  return offerLoad(ctx, await listen(server), { kind: 'download', file }, { lanes });
}
export { publicApi as public };
