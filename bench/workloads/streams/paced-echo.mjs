/** Messages at a fixed rate: `load` of what the host's own net can do in this process, the same rate for all arms. */
import { capacity, listen, offerLoad } from '../../inputs/load.mjs';

/** A slice must be long enough for queues to build up. */
const SLICE_SECONDS = 0.1;

async function publicApi(ctx) {
  const { size, lanes, load } = ctx.params;
  const exchange = { kind: 'echo', size };
  const rate = load * await capacity(ctx, 'echo', serve, exchange, lanes);
  const body = await offerLoad(ctx, await serve(ctx.require), exchange, { lanes, rate });
  return { ...body, leastOperations: Math.ceil(rate * SLICE_SECONDS) };
}

function serve(requireOwn) {
  return listen(requireOwn('net').createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => { socket.write(chunk); });
  }));
}
export { publicApi as public };
