'use strict';
/**
 * Hands out the extensions of Node-API that shims/v8-gap offers. V8's ABI changes with every Node major, so there
 * is one module for each, and the right one is chosen here, before it is loaded.
 */
const fs = require('node:fs');
const path = require('node:path');

/** Where the lab stages the modules. */
const STAGE = path.join(__dirname, '../../.portlab/stage/v8-gap');

/** There is no module for this host. */
class V8GapError extends Error {
  code = 'ERR_PORTLAB_V8_GAP_ABSENT';
}

/**
 * The table of extensions: an external for a port that uses them (crate v8-gap-table).
 *
 * @param {{ folder?: string }} [options] where the modules are
 * @returns {object}
 * @throws {V8GapError} when no module was built for this host
 * @throws {Error} `ERR_PORTLAB_V8_GAP_HOST` when the module finds another host than it was built for
 */
function table({ folder = STAGE } = {}) {
  const { modules } = process.versions;
  const file = path.join(folder, `v8-gap-${modules}.node`);
  if (!fs.existsSync(file)) {
    const built = fs.existsSync(folder)
      ? fs.readdirSync(folder).flatMap((name) => /^v8-gap-(\d+)\.node$/.exec(name)?.[1] ?? []) : [];
    throw new V8GapError(
      `v8-gap: there is no module for NODE_MODULE_VERSION ${modules} (${process.version}) in ${folder}, only for ` +
      `${built.join(', ') || 'none'}. \`scripts/lab build extensions\` builds one for each pinned Node.`);
  }
  return require(file).table;
}

module.exports = { table, V8GapError };
