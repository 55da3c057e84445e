'use strict';

// Programs that the fuzz found to fail, cut down, each under what was wrong. They are run first.

module.exports = {
  "a listener of 'removeListener' that throws, of an event whose name is an object": {
    seed: 272896598,
    bodies: [[], [], [], [['throw', 'of a listener']]],
    ops: [['start'], ['addListener', 2, 'removeListener', 3], ['once', 2, { toString: 'a' }, 2], ['emit', 2, 'a', 0], ['look']],
  },
};
