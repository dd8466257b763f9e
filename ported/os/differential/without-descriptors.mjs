// Run by os.test.mjs in a process of its own: with no file descriptor left, everything that reads /proc must fall
// back, and everything that needs a socket must fail, as natively. Prints what both worlds answered.
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { makeWorld } = require('../../../shims/internal-binding/index.js');
const port = JSON.parse(process.argv[2]);
const world = { builtin: port.world.builtin, bindings: Object.keys(port.bindings), fresh: port.world.fresh };
const worlds = [makeWorld(world), makeWorld({ ...world, port })];

function answers({ module, bindings }) {
  const ctx = {};
  const loads = new Float64Array(3).fill(-1);
  bindings.os.getLoadAvg(loads);
  let error;
  try {
    module.networkInterfaces();
  } catch (caught) {
    const { name, code, message, info, errno, syscall } = caught;
    error = { name, code, message, info, errno, syscall };
  }
  return {
    hostname: module.hostname(),
    uptime: module.uptime(),
    cpus: module.cpus(),
    flatCpus: String(bindings.os.getCPUs()),
    interfaces: String(bindings.os.getInterfaceAddresses(ctx)),
    ctx,
    error,
    loads: [...loads],
    totalmem: module.totalmem(),
    freemem: module.freemem() > 0,
  };
}

// Once before, so that nothing has to be loaded later.
worlds.forEach(answers);
let failure;
while (failure === undefined) {
  try {
    openSync('/dev/null');
  } catch (error) {
    failure = error.code;
  }
}
const results = worlds.map(answers);
process.stdout.write(JSON.stringify({ failure, results }));
