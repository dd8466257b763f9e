'use strict';

// Run by doors.test.mjs: what hands sockets to C++, natively and with the port installed. Prints what a user sees.
const assert = require('node:assert/strict');
const { fork, spawn, spawnSync } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const http2 = require('node:http2');
const net = require('node:net');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { Duplex } = require('node:stream');
const { text } = require('node:stream/consumers');
const tls = require('node:tls');
const { Worker } = require('node:worker_threads');

const installed = process.env.PORTLAB_PORT !== undefined;
const psk = { psk: Buffer.alloc(16, 7), identity: 'me' };
const tlsOptions = { ciphers: 'PSK-AES128-GCM-SHA256', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' };
const server = { ...tlsOptions, isServer: true, pskCallback: () => psk.psk };
const client = { ...tlsOptions, pskCallback: () => psk, checkServerIdentity: () => undefined };

const doors = {
  async spawn_tcp() {
    return inherited(await pair('tcp'));
  },
  async spawn_pipe() {
    return inherited(await pair('pipe'));
  },
  /** Natively this takes descriptors alone. */
  async spawn_sync() {
    const [here, there] = await pair('tcp');
    spawnSync(process.execPath, ['-e', 'process.stdout.write("sync")'], { env: plain(), stdio: ['ignore', installed ? there : there._handle.fd, 'inherit'] });
    there.end();
    return text(here);
  },

  async send_server() {
    const listening = await listen(net.createServer());
    const child = fork(__filename, ['child']);
    child.send('server', listening);
    await once(child, 'message');
    listening.close();
    const said = await text(net.connect(listening.port, '127.0.0.1'));
    child.disconnect();
    await once(child, 'exit');
    return said;
  },
  async send_socket() {
    const [here, there] = await pair('tcp');
    const child = fork(__filename, ['child']);
    child.send('socket', there);
    const said = await text(here);
    child.disconnect();
    await once(child, 'exit');
    return said;
  },
  async send_handle() {
    const [here, there] = await pair('tcp');
    const child = fork(__filename, ['child']);
    child.send('handle', there._handle);
    const said = await text(here);
    there.destroy();
    child.disconnect();
    await once(child, 'exit');
    return said;
  },
  cluster_round_robin: () => clustered(cluster.SCHED_RR),
  cluster_shared: () => clustered(cluster.SCHED_NONE),

  async tls_server() {
    const secure = tls.createServer(server, (socket) => socket.pipe(socket));
    const { port } = await listen(secure);
    const socket = tls.connect({ port, host: '127.0.0.1', ...client });
    await once(socket, 'secureConnect');
    const { name } = socket.getCipher();
    socket.end('x'.repeat(300_000));
    const { length } = await text(socket);
    secure.close();
    return [length, name, socket.bytesWritten];
  },
  async tls_over_a_socket() {
    const [here, there] = await pair('tcp');
    // As STARTTLS: what was said before is plain.
    here.write('plain');
    assert.equal(String(await once(there, 'data')), 'plain');
    there.removeAllListeners('data');
    there.pause();
    const above = new tls.TLSSocket(there, server);
    above.on('data', (data) => above.end(`secret ${data}`));
    const below = tls.connect({ socket: here, ...client });
    below.write('hello');
    return text(below);
  },
  async tls_over_a_duplex() {
    const [here, there] = await pair('tcp');
    const above = new tls.TLSSocket(there, server);
    above.on('data', (data) => above.end(`secret ${data}`));
    const duplex = new Duplex({
      read() {},
      write: (chunk, _encoding, done) => here.write(chunk, done),
      final: (done) => here.end(done),
    });
    here.on('data', (data) => duplex.push(data)).on('end', () => duplex.push(null));
    const below = tls.connect({ socket: duplex, ...client });
    below.write('hello');
    return text(below);
  },
  async tls_reset() {
    const [here, there] = await pair('tcp');
    const above = new tls.TLSSocket(there, server);
    const failed = once(above, 'error').catch((error) => error);
    const below = tls.connect({ socket: here, ...client });
    await once(below, 'secureConnect');
    here.resetAndDestroy();
    const [{ code, syscall }] = await failed;
    return [code, syscall];
  },

  async http2_session() {
    const web = http2.createServer((request, response) => request.pipe(response));
    const { port } = await listen(web);
    const socket = net.connect(port, '127.0.0.1');
    const session = http2.connect('http://localhost', { createConnection: () => socket });
    const request = session.request({ ':method': 'POST' });
    request.end('y'.repeat(300_000));
    const { length } = await text(request);
    session.close();
    web.close();
    return length;
  },

  async worker_transfer() {
    const [here, there] = await pair('tcp');
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(worker, 'online');
    const refused = failure(() => worker.postMessage(there._handle));
    await worker.terminate();
    here.destroy();
    there.destroy();
    return refused;
  },

  async process_binding() {
    process.noDeprecation = true;
    const { TCP, TCPConnectWrap, constants } = process.binding('tcp_wrap');
    const { WriteWrap } = process.binding('stream_wrap');
    const listening = await listen(net.createServer((socket) => socket.on('data', (data) => socket.end(data))));
    const handle = new TCP(constants.SOCKET);
    const connected = new TCPConnectWrap();
    const said = await new Promise((resolve, reject) => {
      connected.oncomplete = (status) => {
        if (status !== 0) reject(new Error(`connect: ${status}`));
        const socket = new net.Socket({ handle });
        const write = new WriteWrap();
        write.oncomplete = () => {};
        handle.writeUtf8String(write, 'bound');
        resolve(text(socket));
      };
      assert.equal(handle.connect(connected, '127.0.0.1', listening.port), 0);
    });
    listening.close();
    return said;
  },

  /** What serves nobody is refused by an error that names the port. */
  async refused() {
    const { internalBinding } = require('../../../shims/internal-binding/reach.js').reach();
    const [here, there] = await pair('tcp');
    const { StreamPipe } = internalBinding('stream_pipe');
    const errors = [
      () => new StreamPipe(there._handle, here._handle),
      // A native method, taken from a native stream.
      () => Object.getPrototypeOf(internalBinding('js_stream').JSStream.prototype).getAsyncId.call(there._handle),
      () => internalBinding('js_stream').JSStream.prototype.readStart.call(there._handle),
    ].map(failure);
    here.destroy();
    there.destroy();
    return errors;
  },
};

function failure(attempt) {
  try {
    attempt();
    return 'done';
  } catch (error) {
    return [error.name, error.code];
  }
}

/** What a child writes to a socket that it has as its standard output. */
async function inherited([here, there]) {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("from the child")'], { env: plain(), stdio: ['ignore', there, 'inherit'] });
  await once(child, 'exit');
  there.end();
  return text(here);
}

/** The environment without the port: what the child does with its descriptors is not the matter. */
function plain() {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  return env;
}

async function clustered(policy) {
  cluster.schedulingPolicy = policy;
  cluster.setupPrimary({ exec: __filename, args: ['worker'] });
  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');
  const said = await text(net.connect(port, '127.0.0.1'));
  worker.disconnect();
  await once(worker, 'exit');
  return said;
}

async function listen(listening, ...where) {
  listening.listen(...(where.length > 0 ? where : [0, '127.0.0.1']));
  await once(listening, 'listening');
  return Object.assign(listening, { port: listening.address().port });
}

/** Both ends of a connection. */
async function pair(kind) {
  const listening = net.createServer();
  const name = path.join(process.env.NODE_TEST_DIR ?? tmpdir(), `portlab-doors-${process.pid}`);
  await (kind === 'pipe' ? listen(listening, name) : listen(listening));
  const here = kind === 'pipe' ? net.connect(name) : net.connect(listening.port, '127.0.0.1');
  const [there] = await once(listening, 'connection');
  if (here.connecting) await once(here, 'connect');
  listening.close();
  return [here, there];
}

/** The other process of `send_…`. */
function child() {
  process.on('message', (message, received) => {
    if (message === 'server') {
      received.on('connection', (socket) => {
        received.close();
        socket.end('served by the child');
      });
      process.send('listening');
    } else {
      const socket = message === 'handle' ? new net.Socket({ handle: received, readable: true, writable: true }) : received;
      socket.end(`a ${message} in the child`);
    }
  });
}

const [, , name] = process.argv;
if (name === 'child') child();
else if (name === 'worker') net.createServer((socket) => socket.end('served by the worker')).listen(0, '127.0.0.1');
else doors[name]().then((seen) => console.log(JSON.stringify(seen)));
