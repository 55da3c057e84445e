'use strict';

/**
 * A check's looks in the worker threads that there were before it. The inspector of the main thread reaches each of them, also
 * those that load nothing of leakline's: `in-worker.js` records and counts there, as the check does here.
 */

const path = require('node:path');
const { threadId } = require('node:worker_threads');

const { Map, Promise, apply, clearTimeout, on, setTimeout } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');

/** How long a worker has to say that it is not busy, in ms: it answers between two tasks of its own. */
const TURN_MS = 1_000;
/** How long it may take for what it is asked to do: loading leakline, or a census. */
const ANSWER_MS = 10_000;
/** The same at the end of a check, which says all that it knows. */
const END_MS = 200;

const INSIDE = JSON.stringify(path.join(__dirname, 'in-worker.js'));

/**
 * Attaches to the worker threads. Without any, and outside of the main thread, this does nothing, and nothing goes on.
 * @param {{ rounds: number, kinds: string[] | null, isCounted: boolean }} options
 */
function createWorkerLooks(options) {
  const session = options.kinds !== null && options.kinds.every((kind) => kind === 'heap') ? null : connected();
  /** By the inspector's name of its session. Those of them that do not answer are let go. */
  const workers = new Map();
  /** Answers that are waited for, by number. */
  const pending = new Map();
  let lastId = 0;
  let left = 0;
  let begun = 0;
  let hasBegun = false;

  if (session !== null) attach();

  function attach() {
    apply(on, session, ['NodeWorker.attachedToWorker', ({ params }) => {
      if (hasBegun) begun++;
      else workers.set(params.sessionId, null);
    }]);
    apply(on, session, ['NodeWorker.detachedFromWorker', ({ params }) => {
      // Who has ended has nothing any more.
      if (!workers.delete(params.sessionId) && hasBegun) begun--;
      pending.forEach((each, id) => each.of === params.sessionId && settle(id, null));
    }]);
    apply(on, session, ['NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const { id, result } = JSON.parse(params.message);
      settle(id, result?.exceptionDetails === undefined ? result?.result?.value ?? null : null);
    }]);
    try {
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    } catch (reason) {
      noteOnce('worker threads cannot be looked at', reason);
    }
    if (workers.size === 0) disconnect();
  }

  function settle(id, answer) {
    const asked = pending.get(id);
    if (asked === undefined) return;
    pending.delete(id);
    clearTimeout(asked.timer);
    asked.done(answer);
  }

  /** Calls a function of `in-worker.js`, when the worker has nothing else to do. Resolves to null where it does not answer. */
  function call(of, ms, name, ...args) {
    const id = ++lastId;
    const answer = new Promise((done) => pending.set(id, { of, done, timer: setTimeout(() => settle(id, null), ms) }));
    const parts = args.map((each) => JSON.stringify(each)).join();
    // Evaluated between two statements of whatever runs there: the work waits for a turn of its own. Nothing may be thrown in that.
    const isLoaded = name !== 'hasTurn' && name !== 'begin';
    const turn = isLoaded ? `load(${INSIDE}).turn` : "load('node:timers').setImmediate";
    const work = name === 'hasTurn' ? 'done(true);' : `try { done(load(${INSIDE}).${name}(${parts})); } catch (reason) { fail(reason); }`;
    const expression = `((load) => new Promise((done, fail) => ${turn}(() => { ${work} })))(require)`;
    const params = { expression, includeCommandLineAPI: true, awaitPromise: true, returnByValue: true, silent: true };
    session.post('NodeWorker.sendMessageToWorker', { sessionId: of, message: JSON.stringify({ id, method: 'Runtime.evaluate', params }) }, (error) => error && settle(id, null));
    return answer;
  }

  /** Asks each worker; lets go of those that do not answer. */
  async function ask(ms, name, ...args) {
    const asked = [...workers.keys()].map(async (of) => {
      const answer = await call(of, ms, name, ...args);
      if (answer !== null) workers.set(of, answer);
      else if (workers.delete(of)) left++;
    });
    await Promise.all(asked);
  }

  function disconnect() {
    if (workers.size > 0) session.post('NodeWorker.disable');
    session.disconnect();
    workers.clear();
    pending.forEach((_, id) => settle(id, null));
  }

  return {
    /** Before the first call. */
    async begin() {
      hasBegun = true;
      if (workers.size > 0) await ask(TURN_MS, 'hasTurn');
      if (workers.size > 0) await ask(ANSWER_MS, 'begin', options);
    },

    /** Has them collect their garbage now, rather than when they next look: nobody waits for this. */
    sweep() {
      workers.forEach((_, of) => void call(of, ANSWER_MS, 'sweep'));
    },

    /** Before and after each round. */
    async look(round) {
      if (workers.size > 0) await ask(ANSWER_MS, 'look', round);
    },

    /** Once more after the last round: what has gone meanwhile was only late. */
    async again() {
      if (workers.size > 0) await ask(ANSWER_MS, 'again');
    },

    /** For the addon: what grew there, and how many were not looked at. */
    result() {
      const census = [...workers.values()].flatMap((answer) => answer?.census ?? []);
      return { census, unseen: { unanswered: left, begun } };
    },

    /** Takes everything back there; nobody waits for those who are busy. */
    async end() {
      if (workers.size === 0) return;
      await ask(END_MS, 'end');
      disconnect();
    },
  };
}

/** The main thread's inspector knows its workers; that of a worker does not. */
function connected() {
  if (threadId !== 0) return null;
  try {
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connect();
    return session;
  } catch {
    return null; // said by the census
  }
}

module.exports = { createWorkerLooks };
