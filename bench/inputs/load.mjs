/**
 * Load from outside of the process: the program portlab-loadgen (bench/loadgen), which one process starts once for all
 * of its arms. It ends with its standard input, and so with this process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** By path of the program; this module is the same instance for all arms. */
const generators = new Map();
/** By what is asked of the host's own instance: operations a second. */
const capacities = new Map();

/** Closed-loop bursts by which the capacity is found, after one that warms up. */
const BURSTS = 5;
const BURST_SECONDS = 0.1;

/**
 * A body whose slices are operations of the load generator; its value is true when every byte of every answer was
 * right, else what was wrong.
 * @param {{ tools: { loadgen: string } }} ctx
 * @param {{ port: number } | { unix: string }} address of the server, on loopback
 * @param {object} exchange what an operation is, see bench/loadgen/src/command.rs
 * @param {{ lanes: number, rate?: number }} options `rate` in operations a second; without it each lane starts its next
 *   operation when its last one has ended
 * @returns {Promise<{ slice: Function, latencies: () => Promise<string>, close: () => Promise<void> }>}
 */
export async function offerLoad({ tools }, address, exchange, { lanes, rate = null }) {
  const generator = loadGenerator(tools);
  const { opened: target } = await generator.ask({ do: 'open', address, lanes, exchange });
  return {
    async slice(first, operations) {
      const { ran, wrong } = await generator.ask({ do: 'run', target, operations, rate });
      return wrong ?? (ran.operations === operations || `${ran.operations} operations instead of ${operations}`);
    },
    latencies: async () => (await generator.ask({ do: 'latencies', target })).latencies,
    close: async () => { await generator.ask({ do: 'close', target }); },
  };
}

/**
 * How many operations a second the host's own instance of the module can do, as the median of a few short bursts. It is
 * measured once a process, whichever arm comes first, so that a rate is the same for all of them.
 * @param {object} ctx
 * @param {string} name of the server
 * @param {(requireOwn: (id: string) => any) => Promise<{ port: number }>} serve starts one
 * @param {object} exchange
 * @param {number} lanes
 * @returns {Promise<number>}
 */
export function capacity(ctx, name, serve, exchange, lanes) {
  if (!capacities.has(name)) capacities.set(name, measureCapacity(ctx, serve, exchange, lanes));
  return capacities.get(name);
}

async function measureCapacity({ tools }, serve, exchange, lanes) {
  const generator = loadGenerator(tools);
  const { opened: target } = await generator.ask({ do: 'open', address: await serve(process.getBuiltinModule), lanes, exchange });
  let operations = 4 * lanes;
  const rates = [];
  while (rates.length < BURSTS) {
    const { ran, wrong } = await generator.ask({ do: 'run', target, operations });
    if (wrong) throw new Error(wrong);
    const seconds = ran.elapsed_ns / 1e9;
    if (seconds >= BURST_SECONDS / 2) rates.push(operations / seconds);
    operations = Math.ceil(Math.max(2 * lanes, (operations / seconds) * BURST_SECONDS));
  }
  await generator.ask({ do: 'close', target });
  return rates.sort((a, b) => a - b)[BURSTS >> 1];
}

/**
 * Starts to listen on 127.0.0.1.
 * @param {import('node:net').Server} server
 * @returns {Promise<{ port: number }>}
 */
export async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port };
}

/**
 * Starts to listen on a unix socket in the arm's folder.
 * @param {{ armDir: string }} ctx
 * @param {import('node:net').Server} server
 * @returns {Promise<{ unix: string }>}
 */
export async function listenUnix({ armDir }, server) {
  const unix = join(armDir, 'socket');
  server.listen(unix);
  await once(server, 'listening');
  return { unix };
}

/**
 * The load generator of this process, for commands of one's own (bench/loadgen/src/command.rs).
 * @param {{ loadgen: string }} tools
 * @returns {{ ask: (command: object) => Promise<object> }} rejects with what the generator says has failed
 */
export function loadGenerator({ loadgen }) {
  if (!generators.has(loadgen)) generators.set(loadgen, start(loadgen));
  return generators.get(loadgen);
}

function start(path) {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  let ended;
  const end = (why) => {
    ended = new Error(`the load generator ${path} ${why}`);
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  child.on('error', (error) => end(`cannot be started: ${error.message}. Build it with \`scripts/lab build\``));
  child.on('exit', (code, signal) => end(`ended (${signal ?? `exit code ${code}`})`));
  child.stdin.on('error', () => { /* 'exit' says why */ });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { resolve, reject } = waiting.shift();
    if (waiting.length === 0) child.stdout.unref();
    const reply = JSON.parse(line);
    if (reply.failed) reject(new Error(`the load generator says: ${reply.failed}`));
    else resolve(reply);
  });
  /** Asks and waits for the reply; replies come in the order of questions. */
  function ask(command) {
    if (ended) return Promise.reject(ended);
    // It keeps this process only while something is asked.
    child.stdout.ref();
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(command)}\n`);
    });
  }
  child.unref();
  child.stdin.unref();
  child.stdout.unref();
  return { ask };
}
