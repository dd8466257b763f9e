/** A directory, entry by entry, in a `for await`. */
import { countIfEqual, directory } from '../../inputs/files.mjs';

function publicApi(ctx) {
  const { promises } = ctx.module;
  const { path, names } = directory(ctx, ctx.params.count);
  return {
    async run() {
      const listed = [];
      for await (const { name } of await promises.opendir(path)) listed.push(name);
      return listed;
    },
    value: countIfEqual(names),
  };
}
export { publicApi as public };
