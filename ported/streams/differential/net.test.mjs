// What users see of sockets: events, their order, bytes and counters, natively and on the port.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { same } from './worlds.mjs';

/** Records events by name, in order. */
function recorder(log, name, emitter, events) {
  for (const event of events) emitter.on(event, (...values) => log.push([name, event, ...values.map(plain)]));
}

const plain = (value) =>
  value instanceof Error ? { code: value.code, syscall: value.syscall } : typeof value === 'object' && value !== null ? typeof value : value;

/** Answers what a server gets, and both ends' events, when `talk` has ended the connection. */
function conversation({ module: net }, talk, { host = '127.0.0.1', ...options } = {}) {
  return new Promise((resolve, reject) => {
    const log = { client: [], server: [] };
    const hash = createHash('sha256');
    let length = 0;
    const server = net.createServer(options, (socket) => {
      recorder(log.server, 'server', socket, ['end', 'finish', 'close', 'error']);
      socket.on('data', (data) => {
        hash.update(data);
        length += data.length;
      });
      socket.on('end', () => {
        log.counters = [socket.bytesRead, socket.bytesWritten];
        socket.end('bye');
      });
    });
    server.on('error', reject);
    server.listen(0, host, () => {
      const { port, ...address } = server.address();
      log.address = address;
      const client = net.connect(port, host, () => talk(client));
      recorder(log.client, 'client', client, ['connect', 'ready', 'end', 'finish', 'close', 'error']);
      client.setEncoding('utf8');
      client.on('data', (text) => log.client.push(text));
      client.on('close', () => server.close(() => resolve({ ...log, length, digest: hash.digest('hex') })));
    });
  });
}

test('strings of every encoding arrive as their bytes', async () => {
  const { length } = await same((world) =>
    conversation(world, (client) => {
      client.write('h\u00e9llo \u{1f600} \ud800');
      client.write('h\u00e9llo \u0141', 'latin1');
      client.write('h\u00e9llo', 'ascii');
      client.write('h\u00e9llo \u{1f600}', 'ucs2');
      client.write('aGVsbG8=', 'base64');
      client.write('68656c6c6f', 'hex');
      client.write('');
      client.end('done');
    }),
  );
  assert.equal(length, 15 + 7 + 5 + 16 + 5 + 5 + 4);
});

test('corked writes of mixed encodings are one', async () => {
  await same((world) =>
    conversation(world, (client) => {
      client.cork();
      for (let i = 0; i < 40; i++) {
        client.write(`h\u00e9llo ${i}`, ['utf8', 'latin1', 'ucs2', 'base64'][i % 4]);
        client.write(Buffer.alloc(i, i));
      }
      client.uncork();
      client.cork();
      client.write('a');
      client.write('h\u00e9', 'latin1');
      client.write('h\u00e9', 'ucs2');
      client.write(Buffer.from('b'));
      client.uncork();
      client.end();
    }),
  );
});

test('more than the kernel takes at once arrives whole and in order', async () => {
  const { length } = await same((world) =>
    conversation(world, (client) => {
      client.write('x'.repeat(3_000_000));
      client.write(Buffer.alloc(3_000_000, 'y'));
      client.write('\u00e9'.repeat(1_000_000), 'latin1');
      client.write('\u20ac'.repeat(1_000_000));
      client.cork();
      for (let i = 0; i < 100; i++) client.write(Buffer.alloc(20_000, i));
      client.uncork();
      client.end('the end');
    }),
  );
  assert.equal(length, 3_000_000 * 2 + 1_000_000 + 3_000_000 + 2_000_000 + 7);
});

test('IPv6', { skip: process.env.PORTLAB_NO_IPV6 }, async () => {
  await same((world) => conversation(world, (client) => client.end('six'), { host: '::1' }));
});

test('half-open connections', async () => {
  await same((world) => conversation(world, (client) => client.end('half'), { allowHalfOpen: true }));
});

test('a connection that is refused', async () => {
  await same(
    ({ module: net }) =>
      new Promise((resolve) => {
        const log = [];
        const client = net.connect({ port: 1, host: '127.0.0.1' });
        recorder(log, 'client', client, ['connect', 'error', 'close']);
        client.on('close', () => resolve(log));
      }),
  );
});
