// What scripts/packages/install has installed.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../../.portlab/packages/', import.meta.url));

/** @returns {any} What the package exports. */
function load(name) {
  try {
    return createRequire(folder)(name);
  } catch (cause) {
    throw new Error(`${name} is not in ${folder}: run scripts/packages/install, as scripts/test does`, { cause });
  }
}

export const fc = load('fast-check');
