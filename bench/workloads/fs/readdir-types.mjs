/** The names in a directory with their types; every tenth is a directory. */
import { constants } from 'node:fs';
import { countIfEqual, directory, isDirectory } from '../../inputs/files.mjs';

/** `name` for a file, `name/` for a directory. */
const withTypes = (names) => names.map((name, index) => (isDirectory(index) ? `${name}/` : name)).sort();

export function binding(ctx) {
  const { binding: fs } = ctx;
  const { path, names } = directory(ctx, ctx.params.count);
  const check = countIfEqual(withTypes(names));
  return {
    run: () => fs.readdir(path, 'utf8', true),
    value: ([listed, types]) =>
      check(listed.map((name, index) => (types[index] === constants.UV_DIRENT_DIR ? `${name}/` : name))),
  };
}

function publicApi(ctx) {
  const { module: fs } = ctx;
  const { path, names } = directory(ctx, ctx.params.count);
  const check = countIfEqual(withTypes(names));
  return {
    run: () => fs.readdirSync(path, { withFileTypes: true }),
    value: (entries) => check(entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))),
  };
}
export { publicApi as public };
