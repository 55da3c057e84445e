'use strict';

// Runs a program in this process and returns what it could observe, and what leakline counted wrongly.

const { EventEmitter } = require('node:events');

const { createOracle } = require('./oracle');
const { createWorld, withoutNumbers } = require('./world');

const parts = ['emitters', 'timers', 'collections', 'targets', 'handles'].map((name) => require(`./ops/${name}`));

// Of before anything is recorded, for the harness itself.
const nodeSetImmediate = setImmediate;
const places = [[EventEmitter.prototype, 'on'], [EventEmitter.prototype, 'off'], [globalThis, 'setTimeout'], [globalThis, 'clearImmediate'], [globalThis, 'Map'], [globalThis, 'Set']];
const originals = places.map(([holder, key]) => holder[key]);

let current = null;
process.on('uncaughtException', (error) => current.uncaught.push(`${error.name}: ${withoutNumbers(error.message)}`));

/**
 * @param {{ ops: any[][], bodies: any[][][] }} program
 * @param {{ leakline: object, mode: string } | null} recorder null for the program alone
 * @returns {Promise<{ lanes: object, wrong: string[] }>}
 */
async function interpret(program, recorder) {
  const world = createWorld(program, act);
  const wrong = [];
  world.oracle = createOracle();
  world.uncaught = [];
  current = world;
  const recording = createRecording(recorder, world, wrong);
  for (const part of parts) part.setUp(world);

  for (const [name, ...args] of program.ops) {
    if (name === 'wait') await world.wait();
    else if (name === 'look') await look(world, recording);
    else if (name === 'start' || name === 'stop') recording[name]();
    else act(world, [name, ...args], true);
  }

  for (const part of parts) part.tearDown?.(world);
  await world.wait();
  recording.stop();
  for (const [i, [holder, key]] of places.entries()) {
    if (holder[key] !== originals[i]) wrong.push(`${key} is not put back`);
  }
  // When an error comes out at the top is not part of either lane.
  world.lanes.main.push(`uncaught: ${world.uncaught.toSorted().join('; ')}`);
  return { lanes: world.lanes, wrong };
}

/** Does one op and traces what comes of it; an error of a nested one is its caller's. */
function act(world, [name, ...args], isOutermost = false) {
  if (name === 'throw') throw new Error(args[0]);
  const does = parts.find(({ ops }) => Object.hasOwn(ops, name)).ops[name];
  try {
    world.trace(name, ...args.filter((arg) => typeof arg !== 'object'), does(world, ...args));
  } catch (error) {
    world.trace(`${name} throws`, error);
    if (!isOutermost) throw error;
  }
}

async function look(world, recording) {
  await world.wait();
  for (const part of parts) await part.look(world);
  // Nothing of what is dropped may still be on the stack.
  await new Promise((resolve) => void nodeSetImmediate(resolve));
  recording.look();
  await new Promise((resolve) => void nodeSetImmediate(resolve));
  world.trace('alive', world.oracle.alive());
}

function createRecording(recorder, world, wrong) {
  if (recorder === null) return { start() {}, stop() {}, look: globalThis.gc };
  const { leakline, mode } = recorder;
  return {
    start() {
      leakline.start({ mode });
      world.oracle.started();
    },

    stop() {
      leakline.stop();
      world.oracle.stopped();
    },

    look() {
      globalThis.gc();
      if (!leakline.isStarted()) return;
      const { totals, overhead, notes } = leakline.snapshot({ gc: true });
      for (const kind of exactIn(mode, world)) {
        const { live } = totals[kind] ?? { live: 0 };
        const expected = world.oracle.live(kind);
        if (live !== expected) wrong.push(`${live} live of kind ${kind}, should be ${expected}`);
      }
      for (const [kind, { registered, released, collected, live }] of Object.entries(totals)) {
        if (registered !== released + collected + live) wrong.push(`${kind}: ${registered} registered, ${released} released, ${collected} collected, ${live} live`);
        // Whatever a sampled one stands for, it is one of those that there are.
        if (live > 0 && isKnown(kind, world) && world.oracle.live(kind) === 0) wrong.push(`${live} live of kind ${kind}, there is none`);
      }
      if (overhead.dropped !== 0) wrong.push(`${overhead.dropped} events dropped`);
      if (world.isCountable) wrong.push(...notes.filter((note) => /not recorded|failed|could not/.test(note)));
    },
  };
}

/** Kinds that the oracle can count in this program. */
const isKnown = (kind, { isCountable }) => kind !== 'listener' || isCountable;

/** Kinds with exact totals: outside of full mode collections are sampled. So are young emitters, but for the first thousand. */
function exactIn(mode, world) {
  const kinds = ['timeout', 'interval', 'immediate', 'handle', 'listener'];
  if (mode === 'full') kinds.push('map', 'set');
  return kinds.filter((kind) => isKnown(kind, world));
}

module.exports = { interpret };
