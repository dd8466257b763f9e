/** A whole file as a UTF-8 string. */
import { file } from '../../inputs/files.mjs';
import { lengthIfEqual, textOf } from '../../inputs/text.mjs';

const O_RDONLY = 0;

/** Operations that leave a megabyte each start every slice from a clean heap (see driver/heap.mjs). */
function heavy({ params: { size }, collect }) {
  return size >= 1 << 20 ? collect : undefined;
}

export function binding(ctx) {
  const { binding: fs } = ctx;
  const text = textOf(ctx.params);
  const path = file(ctx, text);
  return { run: () => fs.readFileUtf8(path, O_RDONLY), value: lengthIfEqual(text), before: heavy(ctx) };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const text = textOf(ctx.params);
  const path = file(ctx, text);
  return { run: () => fs.readFileSync(path, 'utf8'), value: lengthIfEqual(text), before: heavy(ctx) };
}
export { publicApi as public };
