// Unix sockets, buffers of the user, options and ends of connections: natively and on the port.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ported, same } from './worlds.mjs';

const folder = mkdtempSync(join(tmpdir(), 'portlab-sockets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const facts = ({ code, syscall }) => ({ code, syscall });

/** A server that echoes until `talk`, which gets its address, has answered. */
async function withServer({ module: net }, address, talk, serve = (socket) => socket.pipe(socket), options = {}) {
  const server = net.createServer(options, serve);
  server.listen(address);
  await once(server, 'listening');
  try {
    return await talk(typeof address === 'string' ? { path: address } : { port: server.address().port, host: '127.0.0.1' }, net, server);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

const LOOPBACK = { port: 0, host: '127.0.0.1' };

test('a Unix socket: address, permissions, bytes, and that its file goes', async () => {
  const path = join(folder, 'socket');
  await same(async (world) => {
    const told = await withServer(world, path, async (address, net, server) => {
      const client = net.connect(address);
      const chunks = [];
      client.setEncoding('utf8').on('data', (text) => chunks.push(text));
      await once(client, 'connect');
      client.write('h\u00e9llo ');
      client.end(Buffer.alloc(300_000, 'z'));
      await once(client, 'close');
      return { at: server.address(), isSocket: statSync(path).isSocket(), bytes: chunks.join(''), read: client.bytesRead, written: client.bytesWritten, from: [client.remoteAddress, client.remoteFamily] };
    });
    assert.throws(() => statSync(path), { code: 'ENOENT' });
    return told;
  });
});

test('Unix sockets that cannot be: taken, absent, too long, abstract', async () => {
  const path = join(folder, 'taken');
  const failure = async ({ module: net }, use) => {
    const emitter = use(net);
    const [error] = await once(emitter, 'error');
    return facts(error);
  };
  const told = await same((world) =>
    withServer(world, path, async () => [
      await failure(world, (net) => net.createServer().listen(path)),
      await failure(world, (net) => net.connect(join(folder, 'absent'))),
      await failure(world, (net) => net.createServer().listen(join(folder, 'x'.repeat(200)))),
    ]),
  );
  assert.deepEqual(told.map(({ code }) => code), ['EADDRINUSE', 'ENOENT', 'EINVAL']);
  const name = `\0portlab-${process.pid}`;
  await same((world) =>
    withServer(world, name, async (address, net) => {
      const client = net.connect(address);
      client.end('abstract');
      const [chunk] = await once(client, 'data');
      await once(client, 'close');
      return String(chunk);
    }),
  );
});

test('a server lets everybody read and write its Unix socket when asked', async () => {
  await same(async ({ module: net }) => {
    const path = join(folder, 'open');
    const server = net.createServer().listen({ path, readableAll: true, writableAll: true });
    await once(server, 'listening');
    const mode = statSync(path).mode & 0o777;
    server.close();
    await once(server, 'close');
    return mode;
  });
});

test('reads go to the buffer of the user, and to the next one that it names', async () => {
  const told = await same((world) =>
    withServer(world, LOOPBACK, async (address, net) => {
      const buffers = [Buffer.alloc(10), Buffer.alloc(7)];
      const sizes = [];
      let given = 0;
      let text = '';
      const client = net.connect({
        ...address,
        onread: {
          buffer: () => buffers[given++ % buffers.length],
          callback(length, buffer) {
            sizes.push(buffer.length);
            assert.ok(length <= buffer.length && buffers.includes(buffer));
            text += buffer.latin1Slice(0, length);
            return true;
          },
        },
      });
      await once(client, 'connect');
      client.end('abcdefghijklmnopqrstuvwxyz');
      await once(client, 'close');
      return { text, sizes, read: client.bytesRead };
    }),
  );
  assert.equal(told.text, 'abcdefghijklmnopqrstuvwxyz');
});

test('one buffer of the user, a callback that pauses', async () => {
  await same((world) =>
    withServer(world, LOOPBACK, async (address, net) => {
      const buffer = new Uint8Array(4);
      let text = '';
      const client = net.connect({
        ...address,
        onread: {
          buffer,
          callback(length) {
            text += Buffer.from(buffer.buffer, 0, length).toString();
            if (text.length === 8) {
              setImmediate(() => client.resume());
              return false;
            }
            return true;
          },
        },
      });
      await once(client, 'connect');
      client.end('0123456789ab');
      await once(client, 'close');
      return text;
    }),
  );
});

test('a reset is an error to the peer; resetting twice, and a socket that never connected', async () => {
  const told = await same((world) =>
    withServer(
      world,
      LOOPBACK,
      async (address, net, server) => {
        const client = net.connect(address);
        const errors = [];
        client.on('error', (error) => errors.push(facts(error)));
        const [socket] = await once(server, 'connection');
        socket.once('data', () => {
          socket.resetAndDestroy();
          socket.resetAndDestroy();
        });
        client.write('now');
        // Not once(): it rejects at the error.
        const hadError = await new Promise((resolve) => client.on('close', resolve));
        const never = new net.Socket();
        never.on('error', (error) => errors.push(facts(error)));
        never.resetAndDestroy();
        await new Promise((resolve) => never.on('close', resolve));
        return { errors, hadError, destroyed: [socket.destroyed, client.destroyed] };
      },
      () => {},
    ),
  );
  assert.equal(told.errors[0].code, 'ECONNRESET');
});

test('options of sockets', async () => {
  await same((world) =>
    withServer(
      world,
      LOOPBACK,
      async (address, net) => {
        const client = net.connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000 });
        await once(client, 'connect');
        const handle = client._handle;
        const answers = [handle.setNoDelay(false), handle.setKeepAlive(true, 7), handle.setKeepAlive(false, 0), client.setNoDelay() === client, client.setKeepAlive(true, 3000) === client];
        answers.push(handle.hasRef(), client.unref() === client, handle.hasRef(), client.ref() === client, handle.hasRef());
        client.end();
        client.resume();
        await once(client, 'close');
        answers.push(handle.hasRef(), handle.fd, handle.bytesRead, handle.readStart());
        return answers;
      },
      undefined,
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 },
    ),
  );
});

test('a half that has ended lets the other go on', async () => {
  const told = await same((world) =>
    withServer(
      world,
      LOOPBACK,
      async (address, net) => {
        const client = net.connect({ ...address, allowHalfOpen: true });
        const log = [];
        for (const event of ['end', 'finish', 'close']) client.on(event, () => log.push([event, client.readyState]));
        client.setEncoding('utf8').on('data', (text) => log.push(text));
        client.on('end', () => client.end('and still mine'));
        await once(client, 'close');
        return log;
      },
      (socket) => {
        let text = '';
        socket.end('all of mine');
        socket.on('data', (chunk) => { text += chunk; });
        socket.on('end', () => assert.equal(text, 'and still mine'));
      },
      { allowHalfOpen: true },
    ),
  );
  assert.equal(told[0], 'all of mine');
});

test('who detaches the memory of a read takes nothing from later ones', async () => {
  const { transfer } = ArrayBuffer.prototype;
  const words = ['first', 'second', 'third', 'x'.repeat(100_000), 'y'.repeat(100_000), 'last'];
  await withServer(ported, LOOPBACK, async (address, net) => {
    const client = net.connect(address);
    const taken = [];
    for (const [index, word] of words.entries()) {
      client.write(word);
      let text = '';
      while (text.length < word.length) {
        const [chunk] = await once(client, 'data');
        text += chunk.latin1Slice();
        assert.throws(() => structuredClone(chunk.buffer, { transfer: [chunk.buffer] }), { name: 'DataCloneError' });
        // Of the same length the memory moves to another ArrayBuffer, with another length it is given back.
        taken.push(index % 2 === 0 ? transfer.call(chunk.buffer) : transfer.call(chunk.buffer, 10));
        assert.equal(chunk.length, 0);
      }
      assert.equal(text, word);
    }
    client.end();
    client.resume();
    await once(client, 'close');
    assert.ok(taken.every(({ byteLength }) => byteLength >= 10));
  });
});
