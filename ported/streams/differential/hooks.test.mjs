// What async_hooks and AsyncLocalStorage see of sockets: the order of events, what triggered what, and which context a callback runs in.
import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook, executionAsyncId, executionAsyncResource, triggerAsyncId } from 'node:async_hooks';
import { once } from 'node:events';
import { test } from 'node:test';
import { same } from './worlds.mjs';

const WATCHED = new Set(['TCPSERVERWRAP', 'TCPWRAP', 'TCPCONNECTWRAP', 'SHUTDOWNWRAP', 'WRITEWRAP', 'PIPEWRAP', 'PIPESERVERWRAP', 'PIPECONNECTWRAP']);

/**
 * Runs a script under hooks; answers what each handle and request saw, in order. They are named in the order of their
 * making; which of two that are ready at once comes first is the kernel's affair.
 */
async function watched(script) {
  const names = new Map();
  const seen = {};
  const nameOf = (id) => names.get(id) ?? 'others';
  const note = (id, text) => (seen[nameOf(id)] ??= []).push(text);
  const noteKnown = (event) => (id) => {
    if (names.has(id)) note(id, event);
  };
  const hook = createHook({
    init(id, type, trigger, resource) {
      if (!WATCHED.has(type)) return;
      names.set(id, `${type}-${names.size}`);
      note(id, `init by ${nameOf(trigger)}, ${resource.getAsyncId?.() === id}`);
    },
    before: noteKnown('before'),
    after: noteKnown('after'),
    destroy: noteKnown('destroy'),
  }).enable();
  const say = (text) => note(executionAsyncId(), `${text} by ${nameOf(triggerAsyncId())}, ${executionAsyncResource().constructor?.name}`);
  try {
    await script(say);
    // Handles are destroyed in the turn after they have closed.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  } finally {
    hook.disable();
  }
  return seen;
}

test('a conversation in steps', async () => {
  const told = await same(({ module: net }) =>
    watched(async (say) => {
      const server = net.createServer((socket) => {
        say('connection');
        socket.on('data', (chunk) => {
          say(`server has ${chunk}`);
          socket.write(`${chunk}!`);
          process.nextTick(say, 'tick');
          Promise.resolve().then(() => say('microtask'));
        });
        socket.on('end', () => {
          say('end');
          socket.end();
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = net.connect(server.address().port, '127.0.0.1', () => {
        say('connect');
        client.write('one');
      });
      let step = 0;
      client.on('data', (chunk) => {
        say(`client has ${chunk}`);
        if (step++ === 0) client.write('two');
        else client.end();
      });
      client.on('close', () => say('client close'));
      await once(client, 'close');
      server.close(() => say('server close'));
      await once(server, 'close');
    }),
  );
  assert.ok(told['TCPWRAP-3']?.includes('before'), JSON.stringify(told, null, 1));
});

test('an error thrown by a callback leaves the contexts as they were', async () => {
  await same(({ module: net }) =>
    watched(async (say) => {
      const server = net.createServer((socket) => {
        socket.on('data', () => {
          process.nextTick(say, 'tick after');
          throw new Error('on purpose');
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const caught = new Promise((resolve) => {
        process.setUncaughtExceptionCaptureCallback((error) => {
          say(`caught ${error.message}`);
          resolve();
        });
      });
      const client = net.connect(server.address().port, '127.0.0.1', () => client.write('throw'));
      await caught;
      process.setUncaughtExceptionCaptureCallback(null);
      client.destroy();
      server.close();
      await once(server, 'close');
      say('afterwards');
    }),
  );
});

test('AsyncLocalStorage: each callback has the store of who made its handle or request', async () => {
  const storage = new AsyncLocalStorage();
  const told = await same(async ({ module: net }) => {
    const log = [];
    const server = storage.run('server', () =>
      net.createServer((socket) => {
        log.push(['connection', storage.getStore()]);
        storage.run('handler', () => socket.on('data', (chunk) => {
          log.push(['server data', storage.getStore()]);
          storage.run('write', () => socket.end(chunk, () => log.push(['written', storage.getStore()])));
        }));
      }),
    );
    storage.run('listen', () => server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const client = storage.run('connect', () => net.connect(server.address().port, '127.0.0.1'));
    client.on('connect', () => {
      log.push(['connected', storage.getStore()]);
      client.write('x');
    });
    client.on('data', () => log.push(['client data', storage.getStore()]));
    await once(client, 'close');
    server.close();
    await once(server, 'close');
    return log.sort();
  });
  assert.ok(told.length >= 5);
});
