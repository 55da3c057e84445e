'use strict';

// What a program acts on, and the trace of what it could observe. Holds on to Node's own functions as they are before
// anything starts, so that nothing of it is recorded.

const { EventEmitter } = require('node:events');
const { setTimeout: nodeSetTimeout, setImmediate: nodeSetImmediate } = require('node:timers');


/** After so many times nothing that a callback sets off goes on. */
const MOST_RUNS = 2;
const DEEPEST = 3;
/** An interval clears itself when it has run so often. */
const MOST_TICKS = 2;
/** The first functions are listeners, the others callbacks of timers. */
const LISTENERS = 6;
/** How often a wait waits for everything that is due: longer than any chain of callbacks. */
const ROUNDS = 10;

/** @param {{ bodies: any[][][] }} program */
function createWorld({ bodies }, act) {
  const lanes = { main: [], timeout: [], immediate: [] };
  /** Weakly: what a program drops is to die. */
  const names = new WeakMap();
  let lane = 'main';
  let depth = 0;
  /** The emitter whose listener runs. */
  let self;

  const functions = bodies.map((body, number) => {
    // Of each lane: which of them comes first is chance.
    const runs = { main: 0, timeout: 0, immediate: 0 };
    return named(`f${number}`, function called(...args) {
      trace(`f${number} called`, this, ...args);
      if (runs[lane] === MOST_RUNS || depth === DEEPEST) return undefined;
      // What a listener does it does to an emitter.
      if (number < LISTENERS && !(this instanceof EventEmitter)) return undefined;
      const outer = self;
      runs[lane]++;
      depth++;
      self = this;
      try {
        for (const op of body) act(world, op);
      } finally {
        depth--;
        self = outer;
      }
      return `f${number}'s`;
    });
  });

  const world = {
    lanes,
    emitters: [],
    timers: [],
    collections: [],
    targets: [],
    controllers: [],
    functions,
    /** Whether the oracle knows what is live. */
    isCountable: true,

    get self() {
      return self;
    },

    trace,
    /** What an object is called in the trace. */
    name: named,

    /** A callback of a timer, which runs in its own lane. */
    inLane(which, number, isInterval) {
      const run = functions[number];
      if (run === undefined) return number;
      let ticks = 0;
      return function callback(...args) {
        const outer = lane;
        lane = which;
        try {
          if (isInterval && ++ticks === MOST_TICKS) clearInterval(this);
          return Reflect.apply(run, this, args);
        } finally {
          lane = outer;
        }
      };
    },

    /** Everything that is due has happened: ours is the last in each of Node's lists. */
    async wait() {
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all([
          new Promise((resolve) => void nodeSetTimeout(resolve, 1)),
          new Promise((resolve) => void nodeSetImmediate(resolve)),
        ]);
      }
    },
  };
  return world;

  function named(name, object) {
    names.set(object, name);
    return object;
  }

  function trace(...values) {
    lanes[lane].push(values.map((value, i) => (i === 0 ? value : show(value))).join(' '));
  }

  function show(value) {
    if (value !== null && (typeof value === 'object' || typeof value === 'function')) {
      const name = names.get(value);
      if (name !== undefined) return name;
      if (typeof value === 'function' && names.get(value.listener) !== undefined) return `once:${names.get(value.listener)}`;
      if (value instanceof Error) return `${value.name}(${value.code ?? ''}: ${withoutNumbers(value.message)})${framesOf(value)}`;
      if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
      return Object.prototype.toString.call(value);
    }
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  }
}

/**
 * Frames of a stack that are compared. V8 keeps ten; of an error that the program catches below several calls of patched
 * functions, frames of ours may have pushed the outermost ones off.
 */
const COMPARED = 6;

/** Where it was made and by whom, up to the harness: error trackers group by that. */
function framesOf({ stack }) {
  if (typeof stack !== 'string') return ` ${typeof stack}`;
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const end = frames.findIndex((line) => /at (async )?(interpret|look) .*interpret\.js/.test(line));
  return frames.slice(0, end < 0 ? COMPARED : Math.min(end, COMPARED)).map((line) => `\n${line}`).join('');
}

/** A timer's number is another in each process. */
function withoutNumbers(message) {
  return message.replace(/'\d+'/g, "'a number'");
}

module.exports = { createWorld, withoutNumbers };
