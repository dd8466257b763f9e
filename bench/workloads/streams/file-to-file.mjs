/** `pipeline` of a file into another, through zlib where the definition names a class of it; `value` reads it back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as stockZlib from 'node:zlib';
import { text } from '../../inputs/pages.mjs';

/** What makes what stands in the file, and what makes the text of the result again. */
const INVERSES = { Gzip: [(bytes) => bytes, stockZlib.gunzipSync], Gunzip: [stockZlib.gzipSync, (bytes) => bytes], undefined: [(bytes) => bytes, (bytes) => bytes] };

function publicApi(ctx) {
  const { size, zlib: name } = ctx.params;
  const { createReadStream, createWriteStream } = ctx.require('fs');
  const { pipeline } = ctx.require('stream/promises');
  const zlib = ctx.require('zlib');
  const content = text(size);
  const [prepared, back] = INVERSES[name];
  const [from, to] = [join(ctx.armDir, 'from'), join(ctx.armDir, 'to')];
  writeFileSync(from, prepared(content));
  return {
    async run() {
      const transforms = name === undefined ? [] : [new zlib[name]()];
      await pipeline(createReadStream(from), ...transforms, createWriteStream(to));
      return to;
    },
    value: (path) => back(readFileSync(path)).equals(content),
  };
}
export { publicApi as public };
