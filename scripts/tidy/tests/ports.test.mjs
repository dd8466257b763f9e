// Every port's port.toml against the bindings of the Node that runs this. Run with each pinned Node; scripts/test
// builds and stages the ports first.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const { makeWorld } = require(join(root, 'shims/internal-binding/index.js'));
const major = Number(process.versions.node.split('.')[0]);

const modules = readdirSync(join(root, 'ported')).filter((name) => existsSync(join(root, 'ported', name, 'port.toml')));
assert.ok(modules.length > 0, 'no port was found');

for (const module of modules) {
  const path = join(root, '.portlab/stage', module, 'port.json');
  assert.ok(existsSync(path), `${path} is absent: run scripts/test, which builds and stages the ports`);
  const port = JSON.parse(readFileSync(path, 'utf8'));
  // Without node_majors of its own a function is on every major of the port.
  const expected = (functions) =>
    Object.entries(functions).filter(([, { node_majors: majors }]) => !majors || majors.includes(major));
  const names = Object.keys(port.bindings);
  const options = { builtin: port.world.builtin, bindings: names, fresh: port.world.fresh };
  const skip = port.node_majors.includes(major) ? false : `the port ${module} is for Node ${port.node_majors.join(', ')}`;

  test(`${module}: port.toml names every function and class of its bindings, and no other`, { skip }, () => {
    const native = makeWorld(options).bindings;
    for (const name of names) {
      const real = Object.keys(native[name]).filter((key) => typeof native[name][key] === 'function');
      const listed = expected(port.bindings[name].functions).map(([key]) => key);
      assert.deepEqual(listed.sort(), real.sort(), name);
    }
  });

  test(`${module}: what port.toml calls ported is replaced, and what it calls native is not`, { skip }, () => {
    const native = makeWorld(options).bindings;
    const ported = makeWorld({ ...options, port }).bindings;
    for (const name of names) {
      for (const [key, { status }] of expected(port.bindings[name].functions)) {
        const stays = ported[name][key] === native[name][key];
        // A JavaScript half may wrap native functions, to translate requests for them.
        if (status !== 'native' || !port.js_path) assert.equal(stays, status === 'native', `${name}.${key} is ${status}`);
      }
    }
  });
}
