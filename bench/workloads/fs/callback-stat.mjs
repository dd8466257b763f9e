/** stat of existing files with a callback; the body's own promise costs both arms the same. */
import { files } from '../../inputs/files.mjs';
import { ascii } from '../../inputs/text.mjs';

const SIZE = 8;

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { FSReqCallback } = fs;
  const paths = files(ctx, 64, ascii(1024));
  return {
    run: (i) => new Promise((resolve, reject) => {
      const req = new FSReqCallback(false);
      req.oncomplete = (error, stats) => (error ? reject(error) : resolve(stats));
      fs.stat(paths[i & 63], false, req);
    }),
    value: (stats) => stats[SIZE],
  };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const paths = files(ctx, 64, ascii(1024));
  return {
    run: (i) => new Promise((resolve, reject) => {
      fs.stat(paths[i & 63], (error, stats) => (error ? reject(error) : resolve(stats)));
    }),
    value: (stats) => stats.size,
  };
}
export { publicApi as public };
