// Pipes until its worker is ended.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { port } from './worlds.mjs';

const { makeWorld } = createRequire(import.meta.url)('../../../shims/internal-binding/index.js');
const fused = makeWorld({
  builtin: port.world.builtin,
  bindings: Object.keys(port.bindings),
  fresh: port.world.fresh,
  port: { ...port, features: ['fused'] },
});
const [fs, net, zlib, { pipeline }] = ['fs', 'net', 'zlib', 'stream'].map((name) => fused.require(name));

const server = net.createServer((socket) => pipeline(fs.createReadStream(workerData), socket, () => {}));
server.listen(0, '127.0.0.1', () => {
  for (let i = 0; i < 4; i++) {
    net.connect(server.address().port, '127.0.0.1').pause();
    const again = () => pipeline(fs.createReadStream(workerData), zlib.createGzip(), fs.createWriteStream(`${workerData}-${i}.gz`), again);
    again();
  }
  setTimeout(() => parentPort.postMessage('under way'), 50);
});
