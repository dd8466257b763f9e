// Ends of threads and processes with operations under way.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { portPath, scratch, worlds } from './world.mjs';

const world = fileURLToPath(new URL('./world.mjs', import.meta.url));

/** Starts many operations on the port and keeps starting them. */
const busy = `
  const { worlds } = await import(${JSON.stringify(`file://${world}`)});
  const { module } = worlds.port;
  const buffer = Buffer.alloc(1 << 16);
  const fd = module.openSync('/dev/zero');
  for (let i = 0; i < 64; i++) {
    const again = () => { module.stat('/etc', again); module.read(fd, buffer, 0, buffer.length, null, () => {}); };
    again();
    (async () => { for (;;) await module.promises.readdir('/etc'); })();
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
`;

test('a worker is terminated with requests in flight', async () => {
  for (let round = 0; round < 5; round++) {
    const worker = new Worker(`import('node:worker_threads').then(async ({ parentPort }) => { ${busy}; parentPort.postMessage('busy'); })`, {
      eval: true, env: { ...process.env, PORTLAB_PORT_FS: portPath },
    });
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.equal(await worker.terminate(), 1);
  }
});

test('a process exits with requests in flight', () => {
  for (const end of ['process.exit(7)', 'process.reallyExit(7)', 'process.exitCode = 7; throw new Error("end")']) {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', `${busy}; ${end}`], {
      env: { ...process.env, PORTLAB_PORT_FS: portPath }, encoding: 'utf8', timeout: 30_000,
    });
    assert.equal(child.signal, null, child.stderr);
    assert.equal(child.status, end.startsWith('process.exitCode') ? 1 : 7, child.stderr);
  }
});

test('a callback that throws neither loses nor repeats the others', () => {
  const script = `
    const { worlds } = await import(${JSON.stringify(`file://${world}`)});
    let called = 0, caught = 0;
    process.on('uncaughtException', () => caught++);
    for (let i = 0; i < 200; i++) worlds.port.module.stat('/etc', () => { called++; if (i % 3 === 0) throw new Error('mine'); });
    process.on('exit', () => console.log(called, caught));
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, PORTLAB_PORT_FS: portPath }, encoding: 'utf8', timeout: 30_000,
  });
  assert.equal(child.stdout, '200 67\n', child.stderr);
});

test('many operations at once leave no descriptor open', async (t) => {
  const folder = scratch(t);
  const { module } = worlds.port;
  const open = () => fs.readdirSync('/proc/self/fd').length;
  await module.promises.writeFile(path.join(folder, 'first'), 'x');
  const before = open();
  await Promise.all(Array.from({ length: 2000 }, async (_, i) => {
    const file = path.join(folder, `f${i % 50}`);
    await module.promises.writeFile(file, `${i}`);
    await module.promises.readFile(file, 'utf8');
    await module.promises.stat(`${file}-missing`).catch(() => {});
    await (await module.promises.open(file)).close();
  }));
  assert.equal(open(), before);
});

test('nothing in flight keeps no process alive', () => {
  const script = `
    const { worlds } = await import(${JSON.stringify(`file://${world}`)});
    await worlds.port.module.promises.stat('/etc');
    worlds.port.module.stat('/etc', () => console.log('last'));
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, PORTLAB_PORT_FS: portPath }, encoding: 'utf8', timeout: 30_000,
  });
  assert.deepEqual([child.stdout, child.status], ['last\n', 0], child.stderr);
});

test('four operations that wait for each other run at the same time', (t) => {
  const folder = scratch(t);
  for (const name of ['one', 'two']) spawnSync('mkfifo', [path.join(folder, name)]);
  // Opening a FIFO blocks until its other end is opened, too. After the first stat one thread is parked.
  const script = `
    const { worlds } = await import(${JSON.stringify(`file://${world}`)});
    const { promises } = worlds.port.module;
    for (let round = 0; round < 3; round++) {
      await promises.stat('/etc');
      const opens = [['one', 'r'], ['two', 'r'], ['one', 'w'], ['two', 'w']];
      const handles = await Promise.all(opens.map(([name, flags]) => promises.open(process.argv[1] + '/' + name, flags)));
      await Promise.all(handles.map((handle) => handle.close()));
    }
    console.log('opened');
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, folder], {
    env: { ...process.env, PORTLAB_PORT_FS: portPath, UV_THREADPOOL_SIZE: '4' }, encoding: 'utf8', timeout: 15_000, killSignal: 'SIGKILL',
  });
  assert.deepEqual([child.stdout, child.status], ['opened\n', 0], child.stderr);
});
