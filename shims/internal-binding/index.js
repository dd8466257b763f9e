'use strict';

/**
 * Installs ports under Node's own, unmodified JavaScript in a stock binary: `reach` for the internals,
 * `makeWorld` for benchmarks (fresh instances side by side), `install` for conformance (the whole process),
 * `asyncContext` for the JavaScript halves of ports.
 */
module.exports = {
  get asyncContext() {
    return require('./async-context.js');
  },
  get install() {
    return require('./install.js').install;
  },
  get loadPort() {
    return require('./load-port.js').loadPort;
  },
  get makeWorld() {
    return require('./world.js').makeWorld;
  },
  get reach() {
    return require('./reach.js').reach;
  },
  get SwapError() {
    return require('./swap-error.js').SwapError;
  },
};
