// What the counting build counts: Node-API calls, one each.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Batch, addon, counted } from './fixture.mjs';

/** Crossings of `body`, without those of asking. */
function crossings(body) {
  const start = counted.crossings();
  const asking = counted.crossings() - start;
  const before = counted.crossings();
  body();
  return counted.crossings() - before - asking;
}

test('only the counting build has crossings', () => {
  assert.equal(addon.crossings, undefined);
  assert.equal(typeof counted.crossings, 'function');
});

test('a synchronous call costs one crossing, one for each argument read and one for a result', () => {
  const rows = {
    'no argument, no result': [1, () => counted.noop()],
    'no argument, a number': [2, () => counted.count(1, 2, 3)],
    'a number, a number': [3, () => counted.int32(5)],
    'a path from a string, a number': [3, () => counted.pathLength('/tmp')],
    'a path from a two-byte string, a number': [3, () => counted.pathLength('/tmp/\u0141')],
    'a path from a Buffer, a number': [4, () => counted.pathLength(Buffer.from('/tmp'))],
    'a text, a Buffer': [3, () => counted.utf8Bytes('abc')],
    'a Buffer, a number': [3, () => counted.bytes(Buffer.alloc(4))],
  };
  for (const [name, [expected, body]] of Object.entries(rows)) assert.equal(crossings(body), expected, name);
});

test('strings, their bytes and calls of JavaScript are counted beside the crossings', () => {
  const copied = (body) => {
    const before = counted.copied();
    body();
    return counted.copied().map((count, index) => count - before[index]);
  };
  assert.deepEqual(copied(() => counted.noop()), [0, 0, 0]);
  assert.deepEqual(copied(() => counted.pathLength('/tmp')), [1, 4, 0]);
  assert.deepEqual(copied(() => counted.pathLength(Buffer.from('/tmp'))), [0, 0, 0], 'a Buffer is read in place');
  const [strings, bytes] = copied(() => counted.utf8Bytes('abc'));
  assert.ok(strings === 1 && bytes >= 3, `${strings} strings of ${bytes} bytes`);
});

test('a completion without a value costs none, and a batch costs the same for one and for many', async () => {
  let left;
  let done;
  const batch = new Batch(() => { if (--left === 0) done(); });
  assert.ok(crossings(() => counted.connect(batch.drain, batch.entries, batch.words)) > 5);

  // The reference to drain and its call, and what waking the thread takes, which is the same for every batch.
  let aBatch;
  const rows = [
    // kind, detail, crossings of submitting one (the callback, `kind`, `slot`, the detail), of completing one
    ['nothing', undefined, 3, 0],
    ['number', 1, 4, 0],
    ['words', 1, 4, 0],
    ['text', 'abc', 5, 1],
  ];
  for (const count of [1, 64]) {
    for (const [kind, detail, submitting, completing] of rows) {
      left = count;
      const finished = new Promise((resolve) => { done = resolve; });
      const start = counted.crossings();
      const asking = counted.crossings() - start;
      const before = counted.crossings();
      for (let i = 0; i < count; i++) counted.submit(i, kind, detail);
      // The jobs finish while JavaScript holds the thread, so that one batch delivers them all.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      await finished;
      // What follows the last completion, if anything does.
      await new Promise((resolve) => setImmediate(resolve));
      const crossed = counted.crossings() - before - asking;
      aBatch ??= crossed - submitting;
      assert.equal(crossed, aBatch + count * (submitting + completing), `${count} of ${kind}`);
    }
  }
  assert.ok(aBatch >= 2 && aBatch <= 5, `a batch costs ${aBatch} crossings`);
});
