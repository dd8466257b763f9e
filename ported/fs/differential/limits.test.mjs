// What the system refuses, or does meanwhile: the same script in a process for each world and variant, which print the same.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { portPath, scratch } from './world.mjs';

const world = fileURLToPath(new URL('./world.mjs', import.meta.url));
const prologue = (name) => `
  const { worlds } = await import(${JSON.stringify(`file://${world}`)});
  const { module } = worlds.${name};
  const folder = process.argv[1];
  const said = (error) => error ? [error.code, error.errno, error.syscall, error.path, error.message].join(' ') : 'fine';
  async function forms(name, ...args) {
    try { const value = module[name + 'Sync'](...args); console.log(name, 'sync', typeof value); } catch (error) { console.log(name, 'sync', said(error)); }
    await later(name, ...args);
  }
  async function later(name, ...args) {
    await new Promise((resolve) => module[name](...args, (error) => { console.log(name, 'callback', said(error)); resolve(); }));
    if (module.promises[name]) await module.promises[name](...args).then((value) => value?.close?.(), (error) => console.log(name, 'promise', said(error)));
  }
`;

/**
 * Runs the script in the native world, on the port and on its one-hop variant, each in a process of its own under a
 * shell's limits, and returns what all of them printed.
 * @param {string} limits Shell commands; the folder is their `$2`.
 * @param {string[]} shell What runs them.
 */
function inAll(t, script, limits = ':', shell = ['/bin/bash']) {
  const outputs = [['native', ''], ['port', ''], ['port', 'onehop']].map(([name, features]) => {
    const folder = scratch(t);
    const [command, ...args] = [...shell, '-c', `${limits}; exec "$0" --no-warnings --input-type=module -e "$1" "$2"`, process.execPath, prologue(name) + script, folder];
    const child = spawnSync(command, args, {
      env: { ...process.env, PORTLAB_PORT_FS: portPath, PORTLAB_FEATURES: features }, encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL',
    });
    assert.deepEqual([child.status, child.signal], [0, null], `${name} ${features}: ${child.stderr}`);
    // Names that mkdtemp has made up.
    return child.stdout.replaceAll(folder, '~').replaceAll(/\/XXXXXX\w{6}/g, '/XXXXXX');
  });
  assert.equal(outputs[1], outputs[0]);
  assert.equal(outputs[2], outputs[0], 'one-hop');
  return outputs[1];
}

test('no descriptor is left', (t) => {
  const output = inAll(
    t,
    `
    await module.promises.stat('/');
    const open = [];
    for (;;) { try { open.push(module.openSync('/dev/null')); } catch (error) { console.log(said(error)); break; } }
    await forms('open', '/dev/null', 'r');
    await forms('readFile', '/etc/passwd');
    await forms('writeFile', folder + '/new', 'x');
    await forms('readdir', folder);
    await forms('opendir', folder);
    await forms('copyFile', '/etc/passwd', folder + '/copy');
    await forms('stat', folder);
    await forms('mkdir', folder + '/made', { recursive: true });
    for (const fd of open) module.closeSync(fd);
    await forms('readdir', folder);
  `,
    'ulimit -n 60',
  );
  assert.match(output, /readdir sync EMFILE/);
});

test('a file may not grow further, and a full device', (t) => {
  const output = inAll(
    t,
    `
    const file = folder + '/file', big = Buffer.alloc(40_000, 'b');
    await forms('writeFile', file, big);
    console.log(module.statSync(file).size);
    await forms('appendFile', file, 'b'.repeat(40_000));
    await forms('truncate', file, 1 << 20);
    const fd = module.openSync(folder + '/other', 'w');
    console.log(module.writeSync(fd, big), module.writevSync(fd, [big, big], 0));
    try { module.writeSync(fd, big, 0, 10, 1 << 20); } catch (error) { console.log(said(error)); }
    module.closeSync(fd);
    await forms('copyFile', process.execPath, folder + '/copy');
    await forms('writeFile', '/dev/full', big);
    await forms('appendFile', '/dev/full', 'text');
  `,
    'ulimit -f 16',
  );
  assert.match(output, /EFBIG/);
  assert.match(output, /ENOSPC/);
});

test('trees when no descriptor is left, or no file may grow', (t) => {
  const output = inAll(
    t,
    `
    const from = folder + '/from';
    module.mkdirSync(from + '/a/b/c', { recursive: true });
    for (const file of ['f', 'a/f', 'a/b/f', 'a/b/c/f']) module.writeFileSync(from + '/' + file, file.repeat(100));
    module.writeFileSync(from + '/a/large', Buffer.alloc(9000));
    await module.promises.stat('/');
    const open = [];
    const fill = (left) => {
      for (;;) { try { open.push(module.openSync('/dev/null')); } catch { break; } }
      for (const fd of open.splice(0, left)) module.closeSync(fd);
    };
    fill(0);
    await forms('readdir', from, { recursive: true });
    // Where std::filesystem can list no directory, the process of Node 24 ends.
    await (process.version.startsWith('v24.') ? later : forms)('cp', from, folder + '/to', { recursive: true });
    await forms('rm', from, { recursive: true });
    for (const fd of open.splice(0)) module.closeSync(fd);
    console.log(module.readdirSync(from, { recursive: true }).join());
    const { execFileSync } = await import('node:child_process');
    execFileSync('prlimit', ['--fsize=8192', '--pid', process.pid]);
    process.on('SIGXFSZ', () => {});
    await forms('cp', from + '/a/large', folder + '/large');
    await forms('cp', from, folder + '/whole', { recursive: true });
    await forms('rm', folder + '/whole', { recursive: true, force: true });
    console.log(module.existsSync(folder + '/whole'));
  `,
    'ulimit -n 60',
  );
  assert.match(output, /readdir promise EMFILE/);
  assert.match(output, /cp promise EFBIG/);
});

const OWN_MOUNTS = ['unshare', '--map-root-user', '--mount', '/bin/bash'];
const mayMount = spawnSync(OWN_MOUNTS[0], [...OWN_MOUNTS.slice(1), '-c', 'mount -t tmpfs none /mnt']).status === 0;

test('a small file system fills up', { skip: !mayMount && 'this user may not mount a tmpfs of its own (unshare --map-root-user --mount)' }, (t) => {
  const output = inAll(
    t,
    `
    const big = Buffer.alloc(150_000, 'b');
    module.mkdirSync(folder + '/from/inner', { recursive: true });
    for (const file of ['from/one', 'from/inner/two']) module.writeFileSync(folder + '/' + file, big);
    await forms('writeFile', folder + '/new', Buffer.alloc(300_000, 'n'));
    console.log(module.statSync(folder + '/new').size);
    module.rmSync(folder + '/new');
    await forms('appendFile', folder + '/from/one', 'a'.repeat(300_000));
    module.truncateSync(folder + '/from/one', big.length);
    await forms('copyFile', folder + '/from/one', folder + '/copy');
    // A file that is copied in part makes Node 24's std::filesystem say EIO; the port says what is the matter.
    await (process.version.startsWith('v24.') ? later : forms)('cp', folder + '/from', folder + '/to', { recursive: true });
    await forms('rm', folder + '/from', { recursive: true });
    module.rmSync(folder + '/to', { recursive: true, force: true });
    for (let i = 0; ; i++) {
      try { module.mkdirSync(folder + '/' + i); } catch (error) { console.log(error.code, error.syscall); break; }
    }
    await forms('writeFile', folder + '/last', 'x');
    await forms('mkdtemp', folder + '/XXXXXX');
    await forms('symlink', 'x', folder + '/link');
    console.log(module.readdirSync(folder, { recursive: true }).length > 10);
  `,
    'mount -t tmpfs -o size=400k,nr_inodes=64 none "$2"',
    OWN_MOUNTS,
  );
  assert.match(output, /writeFile callback ENOSPC/);
  assert.match(output, /cp promise ENOSPC/);
  assert.match(output, /symlink sync ENOSPC/);
});

test('a FIFO and devices', (t) => {
  inAll(
    t,
    `
    const { execFileSync, spawn } = await import('node:child_process');
    const fifos = ['one', 'two', 'three'].map((name) => folder + '/' + name), [fifo] = fifos;
    execFileSync('mkfifo', fifos);
    for (const each of fifos) spawn('/bin/sh', ['-c', 'printf %s "$1" > "$0"', each, 'into ' + each]);
    console.log(module.readFileSync(fifos[0], 'utf8'));
    console.log(await module.promises.readFile(fifos[1], 'utf8'));
    await new Promise((resolve) => module.readFile(fifos[2], 'utf8', (error, text) => { console.log(text); resolve(); }));
    const zero = module.openSync('/dev/zero'), buffer = Buffer.alloc(70_000, 1);
    console.log(module.readSync(zero, buffer), buffer.every((byte) => byte === 0));
    console.log(module.readFileSync('/dev/null').length, (await module.promises.readFile('/dev/null')).length);
    console.log(module.statSync(fifo).isFIFO(), module.statSync('/dev/null').isCharacterDevice());
  `,
  );
});

test('signals while calls block', async (t) => {
  for (const name of ['native', 'port']) {
    const folder = scratch(t);
    const fifo = path.join(folder, 'fifo');
    spawnSync('mkfifo', [fifo]);
    const script = `${prologue(name)}
      process.on('SIGUSR2', () => {});
      const fifo = folder + '/fifo';
      const text = module.promises.readFile(fifo, 'utf8');
      await new Promise((resolve) => setTimeout(resolve, 20));
      module.writeFileSync(folder + '/ready', '');
      console.log(await text, module.readFileSync(fifo, 'utf8'));
    `;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script, folder], { env: { ...process.env, PORTLAB_PORT_FS: portPath } });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (!fs.existsSync(path.join(folder, 'ready')) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const text of ['asynchronously', 'synchronously']) {
      for (let i = 0; i < 50; i++) {
        child.kill('SIGUSR2');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await fs.promises.writeFile(fifo, text);
    }
    await ended;
    assert.equal(output, 'asynchronously synchronously\n', name);
  }
});

test('a directory changes while it is read', (t) => {
  inAll(
    t,
    `
    const initial = Array.from({ length: 300 }, (_, i) => 'name-' + i);
    for (const form of ['sync', 'promise']) {
      for (const file of initial) module.writeFileSync(folder + '/' + file, '');
      const dir = module.opendirSync(folder, { bufferSize: 4 });
      const names = [];
      for (let entry, count = 0; (entry = form === 'sync' ? dir.readSync() : await dir.read()) !== null; count++) {
        names.push(entry.name);
        if (count === 10) for (const file of initial) module.unlinkSync(folder + '/' + file);
        if (count === 12) module.rmdirSync(folder);
      }
      dir.closeSync();
      console.log(new Set(names).size === names.length, names.every((name) => initial.includes(name)), names.length >= 11);
      module.mkdirSync(folder);
    }
  `,
  );
});

test('a hundred thousand operations at once', (t) => {
  const output = inAll(
    t,
    `
    const file = folder + '/file';
    module.writeFileSync(file, 'content');
    const count = 100_000;
    const outcomes = { found: 0, missing: 0, listed: 0, wrong: 0 };
    await Promise.all(Array.from({ length: count }, async (_, i) => {
      try {
        if (i % 3 === 0) outcomes[(await module.promises.stat(file)).size === 7 ? 'found' : 'wrong']++;
        else if (i % 3 === 1) await module.promises.access(file + '-missing');
        else outcomes[(await module.promises.readdir(folder))[0] === 'file' ? 'listed' : 'wrong']++;
      } catch (error) { outcomes[error.code === 'ENOENT' ? 'missing' : 'wrong']++; }
    }));
    console.log(JSON.stringify(outcomes));
  `,
  );
  assert.equal(output, '{"found":33334,"missing":33333,"listed":33333,"wrong":0}\n');
});
