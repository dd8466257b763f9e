/**
 * The measuring end of a pair: `<host> bench/driver.mjs` reads one Job (JSON) on standard input, runs all its
 * arms interleaved in this process, and writes Messages (NDJSON) on file descriptor 3. The shapes are
 * bench/schema/src/job.rs. bench/runner starts it.
 *
 * The driver owns the loop, the clock and the order; workloads own one operation (driver/arms.mjs). What it does
 * about garbage stands in driver/heap.mjs.
 */
import { readFileSync, writeSync } from 'node:fs';
import { MESSAGE_FD, describe } from './driver/messages.mjs';
import { runJob } from './driver/run.mjs';

/** Writes one message; a reader that went away ends the process. */
function send(messages) {
  const lines = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
  try {
    writeSync(MESSAGE_FD, lines);
  } catch (error) {
    process.stderr.write(`portlab: nobody reads the results (${error.code}); giving up\n`);
    process.exit(70);
  }
}

function fail(error) {
  send([{ type: 'failed', error: describe(error) }]);
  process.exit(1);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

try {
  await runJob(JSON.parse(readFileSync(0, 'utf8')), send);
} catch (error) {
  fail(error);
}
// A pool or handle that a workload left open must not keep the process.
process.exit(0);
