/**
 * Does the load generator load a server as an established one does? `node cross-check.mjs [seconds]` has both ask the same
 * server of node:http, alternately, with as many connections, and prints requests a second and the server's CPU time a
 * request by each. wrk comes from the distribution's packages and is not needed for anything else.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listen, loadGenerator } from '../inputs/load.mjs';

const CONNECTIONS = 50;
const ROUNDS = 3;
const seconds = Number(process.argv[2] ?? 3);

if (spawnSync('wrk', ['--version']).error) {
  console.error('wrk is not installed, so there is nothing to compare with. Install it (Debian: apt-get install wrk)');
  process.exit(3);
}

const folder = mkdtempSync(join(tmpdir(), 'portlab-wrk-'));
const body = join(folder, 'body');
writeFileSync(body, 'hello, world');
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  response.end('hello, world');
});
const { port } = await listen(server);
const { ask } = loadGenerator({ loadgen: fileURLToPath(new URL('../../.portlab/stage/loadgen/portlab-loadgen', import.meta.url)) });
const { opened: target } = await ask({ do: 'open', address: { port }, lanes: CONNECTIONS, exchange: { kind: 'http', body } });

/** What `load` costs the server: it resolves to the number of requests and the seconds that they took. */
async function measured(name, load) {
  const before = process.cpuUsage();
  const [requests, took] = await load();
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / requests;
  console.log(`${name.padEnd(8)} ${Math.round(requests / took).toString().padStart(7)} requests/s, ${cpu.toFixed(2)} µs of server CPU a request`);
  return cpu;
}

async function wrk() {
  const address = `http://127.0.0.1:${port}/`;
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, address]);
  const [, requests, took, unit] = /(\d+) requests in ([\d.]+)(m?)s/.exec(stdout);
  return [Number(requests), Number(took) / (unit ? 1000 : 1)];
}

let operations = 2000;
async function own() {
  const { ran } = await ask({ do: 'run', target, operations });
  return [ran.operations, ran.elapsed_ns / 1e9];
}

const [warm, took] = await own();
operations = Math.ceil((warm / took) * seconds);
const ratios = [];
for (let round = 0; round < ROUNDS; round++) {
  const theirs = await measured('wrk', wrk);
  ratios.push(await measured('loadgen', own) / theirs);
}
console.log(`server CPU a request, loadgen / wrk: ${ratios.map((ratio) => ratio.toFixed(3)).join(', ')}`);
rmSync(folder, { recursive: true });
server.close();
server.closeAllConnections();
