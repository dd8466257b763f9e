/** internalModuleStat of a file: the module loader's own question, 0 for a file. */
import { file } from '../../inputs/files.mjs';

export function binding(ctx) {
  const { binding: fs } = ctx;
  const path = file(ctx, '');
  return { run: () => fs.internalModuleStat(path) };
}
