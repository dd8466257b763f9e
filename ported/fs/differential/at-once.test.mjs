// Which asynchronous operations are answered from the kernel's memory, without a thread, and which have to wait for
// one. Threads of the port are started when they are needed first, and named after it: they count.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { scratch } from './world.mjs';

/** Runs a program with the port's `fs` and prints what it returns. `threads()` counts the port's. */
function run(t, program) {
  const folder = scratch(t);
  fs.writeFileSync(path.join(folder, 'file'), 'content');
  execFileSync('mkfifo', [path.join(folder, 'fifo')]);
  const script = `
    import stock from 'node:fs';
    import { worlds } from ${JSON.stringify(new URL('./world.mjs', import.meta.url).href)};
    const fs = worlds.port.module;
    const folder = ${JSON.stringify(folder)};
    const threads = () => stock.readdirSync('/proc/self/task').filter((id) => stock.readFileSync('/proc/self/task/' + id + '/comm', 'utf8') === 'portlab-fs\\n').length;
    console.log(JSON.stringify(await (async () => { ${program} })()));`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000 });
    let out = '';
    child.stdout.on('data', (chunk) => { out += chunk; });
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`exit code ${code}`))));
  });
}

test('what the kernel has in memory takes no thread', async (t) => {
  const [size, text, count] = await run(t, `
    const file = folder + '/file';
    await fs.promises.access(file);
    await fs.promises.lstat(file);
    const { size } = await fs.promises.stat(file);
    const handle = await fs.promises.open(file);
    await handle.stat();
    await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.read(Buffer.alloc(20), 0, 20, null);
    await handle.close();
    await new Promise((resolve) => fs.readFile(file, resolve));
    return [size, await fs.promises.readFile(file, 'utf8'), threads()];`);
  assert.deepEqual([size, text], [7, 'content']);
  assert.equal(count, 0);
});

test('what may have to wait takes one', async (t) => {
  for (const call of [
    "stat('/proc/self/status')",
    "open(folder + '/file', 'r+').then((handle) => handle.close())",
    "mkdir(folder + '/other')",
    "readdir(folder)",
    "readFile('/proc/self/status')",
    "open('/dev/null').then((handle) => handle.close())",
  ]) {
    assert.ok((await run(t, `await fs.promises.${call}; return threads();`)) > 0, call);
  }
});

test('a FIFO without a writer holds back its own open and nothing else', async (t) => {
  const seen = await run(t, `
    const seen = [];
    const opened = fs.promises.open(folder + '/fifo').then(async (handle) => {
      seen.push('opened', (await handle.read(Buffer.alloc(9), 0, 9, null)).bytesRead);
      await handle.close();
    });
    await fs.promises.stat(folder + '/fifo').then((stats) => seen.push(stats.isFIFO()));
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen.push('waiting');
    await fs.promises.writeFile(folder + '/fifo', 'hello', { flag: 'r+' }).then(() => opened);
    return seen;`);
  assert.deepEqual(seen, [true, 'waiting', 'opened', 5]);
});

test('a name that was read as a file and is a FIFO now waits for its writer, and reads all of it', async (t) => {
  const texts = await run(t, `
    const at = folder + '/file';
    const texts = [await fs.promises.readFile(at, 'utf8')];
    stock.unlinkSync(at);
    stock.renameSync(folder + '/fifo', at);
    const read = fs.promises.readFile(at, 'utf8');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await stock.promises.writeFile(at, 'from a writer', { flag: 'r+' });
    texts.push(await read);
    stock.unlinkSync(at);
    stock.mkdirSync(at);
    return [...texts, await fs.promises.readFile(at).catch((error) => error.code)];`);
  assert.deepEqual(texts, ['content', 'from a writer', 'EISDIR']);
});

test('a change is seen by what is begun after it', async (t) => {
  const outcomes = await run(t, `
    process.env.UV_THREADPOOL_SIZE = '1';
    const outcome = (promise) => promise.then(() => 'there', (error) => error.code);
    const at = folder + '/file';
    const outcomes = [await outcome(fs.promises.stat(at))];
    fs.promises.unlink(at);
    outcomes.push(await outcome(fs.promises.stat(at)));
    fs.promises.mkdir(at);
    outcomes.push(await outcome(fs.promises.access(at)));
    return outcomes;`);
  assert.deepEqual(outcomes, ['there', 'ENOENT', 'there']);
});
