// What hands sockets to C++ works with the port installed as it does natively, or is refused: nothing ends the process.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const staged = here('../../../.portlab/stage/streams/port.json');
assert.ok(existsSync(staged), `${staged} is absent: run scripts/test, which builds and stages the port`);
const run = promisify(execFile);

/** What a user of a door sees; that the process came to its end well is what execFile asks. */
async function seen(door, env = {}) {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const options = { env: { ...inherited, ...env }, timeout: 120_000 };
  const { stdout, stderr } = await run(process.execPath, [here('doors.cjs'), door], options);
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

const port = { NODE_OPTIONS: `--require=${here('../../../shims/internal-binding/install.js')}`, PORTLAB_PORT: staged };

const doors = {
  spawn_tcp: 'a child with a TCP socket as its output',
  spawn_pipe: 'a child with a Unix socket as its output',
  spawn_sync: 'a child that is waited for, with a TCP socket as its output',
  send_server: 'a server that is sent to a child',
  send_socket: 'a socket that is sent to a child',
  send_handle: 'a handle that is sent to a child',
  cluster_round_robin: 'a cluster that is handed connections',
  cluster_shared: 'a cluster that shares its listening handle',
  tls_server: 'TLS over connections of its own',
  tls_over_a_socket: 'TLS over sockets that said something before',
  tls_over_a_duplex: 'TLS over a stream of JavaScript over a socket',
  tls_reset: 'TLS over a connection that is reset',
  http2_session: 'HTTP/2 over a socket',
  worker_transfer: 'a handle that is posted to a thread',
  process_binding: 'the classes of process.binding',
};
for (const [door, title] of Object.entries(doors)) {
  test(title, async () => assert.deepEqual(await seen(door, port), await seen(door)));
}

test('C++ that takes native handles alone refuses those of the port', async () => {
  assert.deepEqual(await seen('refused', port), [['TypeError', 'ERR_PORTLAB_NATIVE_HANDLE'], ['TypeError', null], ['TypeError', null]]);
});
