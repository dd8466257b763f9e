/**
 * Long proofs of the port under node:net, swapped in for the whole process:
 *   node --expose-gc soak.mjs [--smoke] [--native] [proof…]
 * prints a line of figures a proof; exit code 1 where one does not hold. `--smoke` is the same in seconds, `--native`
 * runs on Node's own binding, for comparison. PORTLAB_SEED chooses the faults. All traffic stays on loopback.
 */
// Not imported: an import reads every export, `process.stderr` among them, and where that is a pipe it loads net.
const { existsSync, readFileSync } = process.getBuiltinModule('fs');
const { createRequire } = process.getBuiltinModule('module');
const { fileURLToPath } = process.getBuiltinModule('url');
const { parseArgs } = process.getBuiltinModule('util');

const { values, positionals } = parseArgs({
  allowPositionals: true, options: { smoke: { type: 'boolean' }, native: { type: 'boolean' } },
});
if (typeof gc !== 'function') {
  console.error('memory can be compared only after collections: node --expose-gc soak.mjs');
  process.exit(2);
}

const stage = new URL('../../../.portlab/stage/', import.meta.url);
const staged = (name) => {
  const path = fileURLToPath(new URL(name, stage));
  if (existsSync(path)) return path;
  console.error(`${path} is not there: run \`scripts/lab build\` first`);
  return process.exit(3);
};
const loadgen = staged('loadgen/portlab-loadgen');
const port = values.native ? undefined : JSON.parse(readFileSync(staged('streams/port.json'), 'utf8'));
const shims = fileURLToPath(new URL('../../../shims/internal-binding/index.js', import.meta.url));
// Before anything loads net.
const installed = port && createRequire(import.meta.url)(shims).install(port);

const { proofs } = await import('./proofs.mjs');
const unknown = positionals.filter((name) => !Object.hasOwn(proofs, name));
if (unknown.length > 0) {
  console.error(`no proof ${unknown.join(', ')}: there are ${Object.keys(proofs).join(', ')}`);
  process.exit(2);
}
const context = { tools: { loadgen }, smoke: values.smoke, seed: Number(process.env.PORTLAB_SEED ?? 20261122), port, shims };
for (const name of positionals.length > 0 ? positionals : Object.keys(proofs)) {
  const started = Date.now();
  const calls = installed?.portCalls();
  try {
    const figures = await proofs[name](context);
    if (installed && name !== 'workers' && installed.portCalls() === calls) throw new Error('the port was never reached');
    console.log(`${name}: ${figures} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}: does not hold: ${error.stack}`);
  }
}
