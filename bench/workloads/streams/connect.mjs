/** Connections that are opened for one message each way and ended by the client. */
import { listen, listenUnix, offerLoad } from '../../inputs/load.mjs';

async function publicApi(ctx) {
  const { size, lanes, unix } = ctx.params;
  const server = ctx.module.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => { socket.write(chunk); });
  });
  const address = unix ? await listenUnix(ctx, server) : await listen(server);
  return offerLoad(ctx, address, { kind: 'connect', size }, { lanes });
}
export { publicApi as public };
