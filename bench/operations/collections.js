'use strict';

// Operations on Maps, as in listeners.js. Those that grow are first: later on the one that they make may be none that
// adaptive mode samples.

/** Where what is made goes, so that none of it can be left out. */
const sink = { last: null };

module.exports = {
  'a new key in a Map that grows': (look) => {
    const map = growing(look);
    let key = map.size;
    return (n) => {
      for (let i = 0; i < n; i++) map.set(key++, i);
      // As large in each turn: a large table costs more.
      for (let i = 1; i <= n; i++) map.delete(key - i);
    };
  },
  'a known key in a Map that grows': (look) => {
    const map = growing(look);
    return (n) => {
      for (let i = 0; i < n; i++) map.set(i & 31, i);
    };
  },
  'get from a Map that grows': (look) => {
    const map = growing(look);
    return (n) => {
      for (let i = 0; i < n; i++) sink.last = map.get(i & 31);
    };
  },
  'a key that comes and goes in a bounded Map': () => {
    const map = new Map();
    let key = 0;
    return (n) => {
      for (let i = 0; i < n; i++) {
        map.set(key++, i);
        map.delete(key - 32);
      }
    };
  },
  'new Map': () => (n) => {
    for (let i = 0; i < n; i++) sink.last = new Map();
  },
};

/** A Map that has grown in several looks, so that who fills it is seen. */
function growing(look) {
  const map = new Map();
  for (let i = 0; i < 60; i++) {
    map.set(i, i);
    if (i % 10 === 0) look();
  }
  look();
  return map;
}
