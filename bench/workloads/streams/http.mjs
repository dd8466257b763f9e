/** GET requests over connections that are kept alive, to a server of node:http; the body is a Buffer. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listen, offerLoad } from '../../inputs/load.mjs';
import { ascii } from '../../inputs/text.mjs';

async function publicApi(ctx) {
  const { size, lanes } = ctx.params;
  const body = Buffer.from(ascii(size));
  const file = join(ctx.armDir, 'body');
  writeFileSync(file, body);
  const server = ctx.require('http').createServer({ keepAliveTimeout: 0 }, (request, response) => {
    response.setHeader('Content-Type', 'text/plain');
    response.end(body);
  });
  return offerLoad(ctx, await listen(server), { kind: 'http', body: file }, { lanes });
}
export { publicApi as public };
