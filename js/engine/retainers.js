'use strict';

/**
 * Who retains what: one look at the heap of this thread. V8 stops the thread while it takes its snapshot; the addon reads it in
 * another thread meanwhile, and nothing is written to a file.
 */

const os = require('node:os');
const { isMainThread, threadId } = require('node:worker_threads');

const { error } = require('../base/errors.js');
const { noteOnce } = require('../base/internal-errors.js');
const { SAMPLED } = require('../base/kinds.js');
const { Map, Promise, setImmediate, setTimeout } = require('../base/originals.js');
const { gatherRegistrations } = require('./proof.js');

/** Objects of one site that are looked for. */
const MAX_OBJECTS = 20_000;
/** Said where memory is accused. */
const NO_OBJECTS = 'not seen: the objects of sampled memory (heap, buffer), of which there is no list; what retains most has them';
/** How often it is asked whether the answer is there. */
const POLL_MS = 25;
/** Forked processes that may fail before it is given up. */
const MAX_CHILDREN = 5;
/** Moments that are waited for in which no other thread runs: each takes 40 ms at the most. */
const MAX_BUSY = 50;
const MB = 2 ** 20;
/**
 * Bytes for a byte of heap: eight of most heaps, half as many more where millions of short strings differ; a forked process has the
 * snapshot's text as well. And what a small heap takes.
 */
const MEMORY = { factor: 12, forked: 16, base: 48 * MB };
/** Milliseconds of pause for a megabyte of heap, on a machine that is free and on a busy one. */
const PAUSE_MS = { from: 60, to: 110 };

/**
 * @param {object} native the addon
 * @param {import('./session.js').Session | null} session null where nothing is recorded
 * @param {{ of?: unknown, top: number, pause: boolean }} options complete and valid
 * @returns {Promise<object>} as `Retainers` in types/retainers.d.ts
 * @throws ERR_LEAKLINE_PAUSE, ERR_LEAKLINE_MEMORY, ERR_LEAKLINE_RETAINERS, ERR_LEAKLINE_HEAP_OF
 */
async function retainers(native, session, options) {
  const heap = require('node:v8').getHeapStatistics().used_heap_size;
  const isForked = !options.pause && process.env.LEAKLINE_FORK === '1';
  if (!options.pause && process.env.LEAKLINE_FORK === 'raw') throw noRawWalk(native);
  const refusal = mayLook(native, heap, options, isForked);
  if (refusal !== null) throw refusal;
  if (isLooking) throw error('ERR_LEAKLINE_RETAINERS', 'another look is under way', 'Await it first.');
  isLooking = true;
  try {
    const asked = () => whatIsAsked(native, session, options);
    if (isForked) return await lookInChild(native, asked, options, heap);
    const found = asked();
    await turn();
    return await look(native, found, options);
  } finally {
    native.retainersForget();
    isLooking = false;
  }
}

module.exports = { retainers };

/** The walk over V8's memory is used nowhere: where its graph is V8's own, a look by it is still to be built. */
function noRawWalk(native) {
  const problem = native.canWalkRaw?.() === true ? 'no look takes the raw walk yet' : "LEAKLINE_FORK=raw finds a graph that is not equal to V8's own on this version of V8";
  return error('ERR_LEAKLINE_RETAINERS', problem, 'Set LEAKLINE_FORK=1, or call retainers({ pause: true }).');
}

/** Whether a look is under way in this thread. */
let isLooking = false;

/** Why there is no look: nobody allowed the pause, memory would not do, or there is no fork here. */
function mayLook(native, heap, { pause }, isForked) {
  const need = (isForked ? MEMORY.forked : MEMORY.factor) * heap + MEMORY.base;
  if (isForked && !(isMainThread && native.canFork())) {
    return error('ERR_LEAKLINE_RETAINERS', 'LEAKLINE_FORK=1 works in the main thread on Linux x64 with glibc alone', 'Call retainers({ pause: true }).');
  }
  if (!pause && !isForked) return error('ERR_LEAKLINE_PAUSE', megabytes(heap), pauseOf(heap), megabytes(need));
  const free = native.freeMemory() ?? (process.platform === 'win32' ? os.freemem() : os.totalmem());
  return free >= need ? null : error('ERR_LEAKLINE_MEMORY', megabytes(heap), megabytes(need), megabytes(free));
}

const megabytes = (bytes) => `${Math.max(1, Math.round(bytes / MB))} MB`;

function pauseOf(heap) {
  const [from, to] = [PAUSE_MS.from, PAUSE_MS.to].map((ms) => (heap / MB) * ms);
  return to < 1000 ? 'up to a second' : `${Math.max(1, Math.round(from / 1000))} to ${Math.ceil(to / 1000)} s`;
}

/**
 * The sites whose objects go into the snapshot: those that are reported, the one of a fingerprint, or none where another object
 * or class is asked for.
 */
function whatIsAsked(native, session, { of }) {
  const notes = [];
  if (typeof of === 'object' || typeof of === 'function') {
    const members = gatherRegistrations(null, [], [of]);
    return { sites: [{ live: 1 }], members, notes };
  }
  const isFingerprint = typeof of === 'string' && /^[0-9a-f]{16}$/.test(of);
  if (of !== undefined && !isFingerprint) return { sites: [], members: null, of, notes };
  if (session === null) {
    if (isFingerprint) throw error('ERR_LEAKLINE_NOT_STARTED', 'retainers');
    notes.push('nothing is recorded here: what leaks is not known, only what retains most');
    return { sites: [], members: null, notes };
  }
  session.sampleAll();
  session.positions.flush();
  const { sites: all } = JSON.parse(native.snapshot());
  const wanted = all.filter((site) => (isFingerprint ? site.fingerprint === of : isReported(site)));
  if (isFingerprint && wanted.length === 0) throw error('ERR_LEAKLINE_HEAP_OF', of, 'no site of the recording has this fingerprint');
  const here = distinct(wanted.filter(({ thread }) => thread === threadId));
  if (here.length < wanted.length && wanted.some(({ thread }) => thread !== threadId)) {
    notes.push('not seen: the objects of sites of other threads; each thread has a heap of its own, so call retainers() there');
  }
  // Samples of memory say how much stays, and not which objects.
  const isSampled = ({ kind }) => SAMPLED.includes(kind);
  if (here.some(isSampled)) notes.push(NO_OBJECTS);
  const sites = here.filter((site) => !isSampled(site));
  const found = JSON.parse(native.registrations(JSON.stringify(sites.map(({ fingerprint }) => fingerprint)), MAX_OBJECTS));
  return { sites: sites.map(shortened), members: gatherRegistrations(session, found, []), notes };
}

const isReported = ({ verdict, role, allowed }) => ['leak', 'suspect'].includes(verdict) && role !== 'consequence' && allowed === undefined;

const shortened = ({ fingerprint, kind, label, origin, verdict, live }) => ({ fingerprint, kind, label, origin, verdict, live });

/** Sites of one fingerprint have their objects together; the one with most of them gives the name. */
function distinct(sites) {
  const byFingerprint = new Map();
  for (const site of [...sites].sort((a, b) => b.live - a.live)) {
    const known = byFingerprint.get(site.fingerprint);
    if (known === undefined) byFingerprint.set(site.fingerprint, { ...site });
    else known.live += site.live;
  }
  const each = [];
  byFingerprint.forEach((site) => each.push(site));
  return each;
}

/** What weak references gave is held until the turn ends. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the addon is asked, as it takes it. */
function askOf({ sites, of, notes }, { top }) {
  return JSON.stringify({ root: process.cwd(), sites, of, top, takenAt: new Date().toISOString(), notes });
}

async function look(native, found, options) {
  const { members } = found;
  try {
    if (!native.retainersBegin(askOf(found, options), Object)) await stream(native);
  } catch (reason) {
    throw failed(reason);
  } finally {
    members?.forget();
  }
  return read(await answered(native));
}

async function answered(native) {
  for (;;) {
    const answer = answerOf(native);
    if (answer !== null) return answer;
    await later(POLL_MS);
  }
}

/**
 * The same by a forked process, an experiment: whatever goes wrong there costs an answer, and another one is tried.
 * @throws ERR_LEAKLINE_RETAINERS, ERR_LEAKLINE_HEAP_OF
 */
async function lookInChild(native, asked, options, heap) {
  const whys = [];
  while (whys.length < MAX_CHILDREN) {
    await forked(native, asked, options, heap);
    const answer = await answered(native);
    const { failed: why } = JSON.parse(answer);
    if (why === undefined) return read(answer);
    whys.push(why);
  }
  const hint = 'Try again at a quieter time, or call retainers({ pause: true }).';
  throw error('ERR_LEAKLINE_RETAINERS', `${whys.length} forked processes gave no answer; of the last: ${whys.at(-1)}`, hint);
}

/** Forks in a moment in which no other thread runs. */
async function forked(native, asked, options, heap) {
  for (let tries = 0; tries < MAX_BUSY; tries++) {
    native.prepareFork();
    for (let how = 'soon'; how !== 'busy';) {
      // The objects are looked up anew: in the meantime they may be gone.
      const found = asked();
      await turn();
      try {
        how = native.forkRetainers(askOf(found, options), Object, heap);
      } catch (reason) {
        throw failed(reason);
      } finally {
        found.members?.forget();
      }
      if (how === 'forked') return;
      await later(POLL_MS);
    }
  }
  throw error('ERR_LEAKLINE_RETAINERS', 'other threads of this process ran all the time', 'Try again at a quieter time, or call retainers({ pause: true }).');
}

function answerOf(native) {
  try {
    return native.retainersAnswer();
  } catch (reason) {
    throw failed(reason);
  }
}

function read(answer) {
  const value = JSON.parse(answer);
  if (value.error !== undefined) throw error(value.error.code, ...value.error.args);
  if (value.failed !== undefined) throw failed(new Error(value.failed));
  return value;
}

function failed(reason) {
  noteOnce('the heap could not be looked at', reason);
  return error('ERR_LEAKLINE_RETAINERS', reason?.message ?? String(reason), 'Try again; write a file by v8.writeHeapSnapshot() and read it by leakline heap FILE.');
}

/** Where V8 gives its snapshot to JavaScript alone. */
function stream(native) {
  return new Promise((resolve, reject) => {
    const snapshot = require('node:v8').getHeapSnapshot();
    snapshot.on('data', (part) => native.retainersPart(part));
    snapshot.on('error', reject);
    snapshot.on('end', () => {
      native.retainersEnd();
      resolve();
    });
  });
}
