/** `pipeline` of each connection back into itself. */
import { listen, offerLoad } from '../../inputs/load.mjs';

async function publicApi(ctx) {
  const { size, lanes } = ctx.params;
  const { pipeline } = ctx.require('stream');
  const server = ctx.module.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    pipeline(socket, socket, (error) => { if (error) throw error; });
  });
  return offerLoad(ctx, await listen(server), { kind: 'connect', size }, { lanes });
}
export { publicApi as public };
