// Descriptors that a worker opens by number: what it leaves open is closed with it, and what is odd is warned about.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { portPath, scratch } from './world.mjs';

const isOpen = (fd) => {
  try {
    fs.fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

/** Runs `body` in a worker of its own for each world; `world` and `post` are in scope. */
async function inWorkers(body, { trackUnmanagedFds = true, file = '/etc/passwd' } = {}) {
  const seen = {};
  for (const name of ['native', 'port']) {
    const source = `
      (async () => {
        const { parentPort, workerData } = require('node:worker_threads');
        const { worlds } = await import(workerData.module);
        const { module: fs, binding } = worlds[workerData.world];
        const { file } = workerData;
        const warnings = [];
        process.on('warning', ({ message }) => warnings.push(message.replace(/\\d+/, 'N')));
        const post = async (fds) => {
          await new Promise(setImmediate);
          parentPort.postMessage({ fds, warnings });
        };
        ${body}
      })();`;
    const worker = new Worker(source, {
      eval: true,
      trackUnmanagedFds,
      stderr: true,
      workerData: { world: name, file, module: new URL('./world.mjs', import.meta.url).href },
      env: { ...process.env, PORTLAB_PORT_FS: portPath },
    });
    const [{ fds, warnings }] = await Promise.all([
      new Promise((resolve, reject) => {
        worker.on('error', reject).on('message', (message) => {
          if (message.close === undefined) resolve(message);
          else fs.close(message.close, () => worker.postMessage('closed'));
        });
      }),
      new Promise((resolve) => worker.once('exit', resolve)),
    ]);
    seen[name] = { open: fds.map(isOpen), warnings };
    for (const fd of fds) if (isOpen(fd)) fs.closeSync(fd);
  }
  assert.deepEqual(seen.port, seen.native);
  return seen.port;
}

const openEverything = `
  const callback = await new Promise((resolve) => fs.open(file, (error, fd) => resolve(fd)));
  const promised = await binding.open(file, 0, 0, binding.kUsePromises);
  const fds = [fs.openSync(file), callback, promised];
  const closed = fs.openSync(file);
  fs.closeSync(closed);
  await new Promise((resolve) => fs.open(file, (error, fd) => fs.close(fd, resolve)));
  await post(fds);`;

test('what is left open is closed with the worker', async () => {
  assert.deepEqual(await inWorkers(openEverything), { open: [false, false, false], warnings: [] });
});

test('unless the worker does not track', async () => {
  assert.deepEqual(await inWorkers(openEverything, { trackUnmanagedFds: false }), { open: [true, true, true], warnings: [] });
});

test('a descriptor that somebody else has closed or opened is warned about', async () => {
  const { warnings } = await inWorkers(`
    const fd = fs.openSync(file);
    // The main thread closes it, so that its number is free.
    parentPort.postMessage({ close: fd });
    await new Promise((resolve) => parentPort.once('message', resolve));
    let again;
    do again = fs.openSync(file); while (again < fd);
    fs.closeSync(again);
    try { fs.closeSync(again); } catch {}
    await new Promise((resolve) => fs.close(999_999, resolve));
    await binding.close(999_998, binding.kUsePromises).catch(() => {});
    await post([]);`);
  assert.deepEqual(warnings, ['opened in unmanaged mode twice', ...Array(3).fill('closed but not opened in unmanaged mode')].map((text) => `File descriptor N ${text}`));
});

test('a FileHandle is not tracked by its number', async () => {
  assert.deepEqual(
    await inWorkers(`
      const handle = await fs.promises.open(file);
      const { fd } = handle;
      await handle.close();
      const second = await binding.openFileHandle(file, 0, 0, binding.kUsePromises);
      const numbers = [fd, second.fd];
      second.closeSync();
      await post(numbers);`),
    { open: [false, false], warnings: [] },
  );
});

test('a large file is read in steps and leaves nothing open', async (t) => {
  const file = `${scratch(t)}/large`;
  fs.writeFileSync(file, Buffer.alloc(3 << 20));
  assert.deepEqual(
    await inWorkers(
      `
      await new Promise((resolve, reject) => fs.readFile(file, (error) => (error ? reject(error) : resolve())));
      await fs.promises.readFile(file);
      await new Promise((resolve, reject) => fs.writeFile(file + '.written', 'x', (error) => (error ? reject(error) : resolve())));
      await post([]);`,
      { file },
    ),
    { open: [], warnings: [] },
  );
});
