'use strict';

/**
 * Permissions, owners and times.
 * @param {import('./frame.js').Frame} frame
 * @returns {object} Functions of the binding, by name.
 */
module.exports = function attributes({ ofPath, ofDescriptor }) {
  return {
    chmod: ofPath('chmod', 'chmod', 1),
    chown: ofPath('chown', 'chown', 2),
    fchmod: ofDescriptor('fchmod', 'fchmod', 1),
    fchown: ofDescriptor('fchown', 'fchown', 2),
    futimes: ofDescriptor('futimes', 'futime', 2),
    lchown: ofPath('lchown', 'lchown', 2),
    lutimes: ofPath('lutimes', 'lutime', 2),
    utimes: ofPath('utimes', 'utime', 2),
  };
};
