'use strict';

// Operations on listeners. Each makes what it needs and returns what is measured: a function that does it `n` times.

const { EventEmitter, setMaxListeners } = require('node:events');

const emitters = {
  'on + off, 1 listener': () => onOff(1),
  'on + off, 10 listeners': () => onOff(10),
  'on + off, 1,000 listeners': () => onOff(1000),
  'once + emit': () => {
    const emitter = new EventEmitter();
    // Its age is known from its first listener on: from two seconds on they are recorded one by one.
    emitter.once('event', () => {}).emit('event');
    return (n) => {
      for (let i = 0; i < n; i++) {
        emitter.once('event', () => {});
        emitter.emit('event');
      }
    };
  },
  'new emitter + on': () => (n) => {
    for (let i = 0; i < n; i++) new EventEmitter().on('event', () => {});
  },
};

const targets = {
  'addEventListener + removeEventListener, 10 listeners': () => addRemove(10),
  'addEventListener + removeEventListener, 1,000 listeners': () => addRemove(1000),
  'new AbortController + addEventListener': () => (n) => {
    for (let i = 0; i < n; i++) new AbortController().signal.addEventListener('abort', () => {});
  },
};

module.exports = { emitters, targets };

function onOff(count) {
  const emitter = new EventEmitter().setMaxListeners(0);
  for (let i = 0; i < count; i++) emitter.on('event', () => {});
  const listener = () => {};
  return (n) => {
    for (let i = 0; i < n; i++) {
      emitter.on('event', listener);
      emitter.off('event', listener);
    }
  };
}

function addRemove(count) {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  for (let i = 0; i < count; i++) signal.addEventListener('abort', () => {});
  const listener = () => {};
  return (n) => {
    for (let i = 0; i < n; i++) {
      signal.addEventListener('abort', listener);
      signal.removeEventListener('abort', listener);
    }
  };
}
