'use strict';
// `NODE_OPTIONS=--require=…/preload.cjs` makes every Node process and worker below count the Node-API calls of the
// modules that it loads. Where that cannot be done the program runs on as it is.
try {
  require(process.env.PORTLAB_TRACE_ADDON);
} catch (error) {
  process.stderr.write(`portlab trace: the calls of process ${process.pid} are not counted: ${error.message}\n`);
}
