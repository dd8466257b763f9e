/** `pipeline` of each connection into a file; the server ends its side once the file is whole. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listen, offerLoad } from '../../inputs/load.mjs';
import { ascii } from '../../inputs/text.mjs';

async function publicApi(ctx) {
  const { size, lanes } = ctx.params;
  const { createWriteStream } = ctx.require('fs');
  const { pipeline } = ctx.require('stream');
  const content = ascii(size);
  const [file, copy] = [join(ctx.armDir, 'file'), join(ctx.armDir, 'copy')];
  writeFileSync(file, content);
  let connections = 0;
  const server = ctx.module.createServer({ allowHalfOpen: true }, (socket) => {
    pipeline(socket, createWriteStream(`${copy}-${connections++ % lanes}`), (error) => {
      if (error) throw error;
      socket.end();
    });
  });
  const body = await offerLoad(ctx, await listen(server), { kind: 'upload', file }, { lanes });
  return {
    ...body,
    value: (answered) => (answered === true ? readFileSync(`${copy}-${(connections - 1) % lanes}`, 'latin1') === content : answered),
  };
}
export { publicApi as public };
