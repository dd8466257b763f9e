/** Requests at a fixed rate: `load` of what the host's own http can do in this process, the same rate for all arms. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capacity, listen, offerLoad } from '../../inputs/load.mjs';
import { ascii } from '../../inputs/text.mjs';

/** A slice must be long enough for queues to build up. */
const SLICE_SECONDS = 0.1;

async function publicApi(ctx) {
  const { size, lanes, load } = ctx.params;
  const body = Buffer.from(ascii(size));
  const file = join(ctx.armDir, 'body');
  writeFileSync(file, body);
  const serve = (requireOwn) => listen(requireOwn('http').createServer({ keepAliveTimeout: 0 }, (request, response) => {
    response.setHeader('Content-Type', 'text/plain');
    response.end(body);
  }));
  const exchange = { kind: 'http', body: file };
  const rate = load * await capacity(ctx, 'http', serve, exchange, lanes);
  const paced = await offerLoad(ctx, await serve(ctx.require), exchange, { lanes, rate });
  return { ...paced, leastOperations: Math.ceil(rate * SLICE_SECONDS) };
}
export { publicApi as public };
