'use strict';

/**
 * ioredis: `duplicate()` gives a connection of its own, which somebody has to close. Whether that is closed its status
 * says, when somebody looks: neither a listener nor a method of ours is on it.
 */

const { apply } = require('../../base/originals.js');
const { hasMethods } = require('./shape.js');

const name = 'ioredis';

function poolOf(given) {
  const isOne = hasMethods(given, 'duplicate', 'disconnect', 'quit', 'setStatus')
    && typeof given.status === 'string' && typeof given.options === 'object';
  return isOne ? given : null;
}

function hook(client, { take, checkedOut }, patch) {
  patch(client, 'duplicate', (original, hook) => function duplicate() {
    const copy = apply(original, this, arguments);
    checkedOut(take(hook()), copy);
    return copy;
  });
}

/** It is closed; or it was asked to close while it waited to connect again, and then emits nothing more. */
function isOver({ status, manuallyClosing, reconnectTimeout }) {
  return status === 'end' || (status === 'reconnecting' && manuallyClosing === true && !reconnectTimeout);
}

module.exports = { name, label: 'Redis duplicate', poolOf, hook, isOver };
