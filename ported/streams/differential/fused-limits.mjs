// A file that may not grow further (RLIMIT_FSIZE, which fused.test.mjs sets): what a full disk is, without filling one.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { closed, outcome, recorded, same, stateOf, test } from './fused-worlds.mjs';

/** More than the limit, compressed too, and there already: nothing as large can be written here. */
const source = { path: process.execPath, end: 3_999_999 };

for (const zlib of [undefined, 'Gzip']) {
  test(`a file reaches its limit${zlib === undefined ? '' : `, through ${zlib}`}`, async () => {
    const told = await same(true, async (arm) => {
      const streams = {
        source: arm.fs.createReadStream(source.path, { end: source.end }),
        ...(zlib === undefined ? {} : { zlib: new arm.zlib[zlib]() }),
        sink: arm.fs.createWriteStream(arm.out),
      };
      const logs = recorded(streams);
      const result = await outcome(arm.promises.pipeline(...Object.values(streams)));
      await closed(...Object.values(streams));
      const { destroyed, errored, writableFinished } = stateOf(streams.sink);
      return { result, log: logs.sink, sink: { destroyed, errored, writableFinished }, size: statSync(arm.out).size, sourceIsDestroyed: streams.source.destroyed };
    });
    assert.equal(told.result.error?.code, 'EFBIG', JSON.stringify(told));
    assert.equal(told.size, Number(process.env.PORTLAB_FILE_LIMIT));
  });
}
