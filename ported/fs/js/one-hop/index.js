'use strict';

/**
 * The one-hop variant: what Node's lib does in many trips to a pool, or many crossings, is one job. It replaces
 * functions of lib, and is therefore a feature of the port and not a part of its binding.
 */

const { hop: createHop } = require('./hop.js');

const stories = [
  require('./cp.js'),
  require('./opendir.js'),
  require('./read-file.js'),
  require('./readdir.js'),
  require('./rm.js'),
  require('./write-file.js'),
];

/** @param {import('../../../../shims/internal-binding/load-port.js').FeatureContext} context */
module.exports = function onehop(context) {
  const hop = createHop(context);
  for (const story of stories) story(hop);
};
