'use strict';

// Operations on timers, as in listeners.js.

module.exports = {
  'setTimeout + clearTimeout': () => (n) => {
    for (let i = 0; i < n; i++) clearTimeout(setTimeout(() => {}, 1000));
  },
  'setInterval + clearInterval': () => (n) => {
    for (let i = 0; i < n; i++) clearInterval(setInterval(() => {}, 1000));
  },
};
