// Loads the fixture, the module that these tests examine, and runs scripts with it in processes of their own.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

function locate(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} does not name a .node file: run scripts/test, which builds and names it`);
  return path;
}

/** The fixture, and the one built with the feature `count`. */
export const path = locate('NODE_API_FIXTURE');
const countedPath = locate('NODE_API_FIXTURE_COUNTED');
export const completionsPath = fileURLToPath(new URL('../completions.js', import.meta.url));

const require = createRequire(import.meta.url);
export const addon = require(path);
export const counted = require(countedPath);
export const { Batch } = require(completionsPath);

/** What every script starts with: `addon`, `Batch`, `worker_threads` and, with `connect(settle)`, a queue. */
export const prologue = `'use strict';
const addon = require(${JSON.stringify(path)});
const { Batch } = require(${JSON.stringify(completionsPath)});
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
function connect(settle, options) {
  const batch = new Batch(settle, options);
  addon.connect(batch.drain, batch.entries, batch.words);
  return batch;
}
`;

/**
 * Runs a script, behind the prologue unless it is `bare`, in a process of its own.
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
export function run(script, { env = {}, bare = false } = {}) {
  return new Promise((resolve, reject) => {
    const { NODE_OPTIONS, NODE_TEST_CONTEXT, RUST_BACKTRACE, UV_THREADPOOL_SIZE, ...inherited } = process.env;
    const child = spawn(process.execPath, ['--eval', bare ? script : prologue + script], {
      env: { ...inherited, ...env },
      timeout: 60_000,
      killSignal: 'SIGABRT',
    });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8');
      child[stream].on('data', (text) => { out[stream] += text; });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...out }));
  });
}
