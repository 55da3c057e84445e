'use strict';

/**
 * Looks at the whole heap, for checks: V8's snapshot is read in parts by the addon, in memory.
 */

const path = require('node:path');

const { now, Promise, setImmediate } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');

/** Rounds that are needed to know that something grows in each. */
const ROUNDS = 3;
/** Further rounds where that is in doubt. */
const MORE_ROUNDS = 2;
/** Above so many bytes a look takes seconds: it is made only when it is asked for. */
const MAX_HEAP = 64 * 2 ** 20;

/** leakline's own files. */
const OWN = path.join(__dirname, '..') + path.sep;

/**
 * Bytes in use: V8's heap without code, and what hangs on it outside. V8 drops the code of functions that do not run, and
 * compiles it again: that is no growth of the program's.
 */
function usedBytes() {
  const { getHeapStatistics, getHeapCodeStatistics } = require('node:v8');
  const { used_heap_size: used, external_memory: external } = getHeapStatistics();
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return used + external - code - bytecode;
}

/** Whether a look may be made unasked. */
function isSmall() {
  return require('node:v8').getHeapStatistics().used_heap_size <= MAX_HEAP;
}

/**
 * One look, to prove what goes with what.
 * @param {object} native the addon
 * @param {() => ReturnType<import('./proof.js').gather>} gather
 * @returns {Promise<{ proof: object | null, lookMs: number } | null>} null where V8 gives no snapshot
 */
async function lookForProof(native, gather) {
  try {
    const from = now();
    const proof = await proofOf(native, gather, false);
    return proof && { proof, lookMs: Math.round(now() - from), own: OWN };
  } catch (reason) {
    return gaveUp(native, reason);
  } finally {
    native.heapLooksEnd(0);
  }
}

/** The last look, with the objects of findings. */
async function proofOf(native, gather, isOfSeveral) {
  // What WeakRefs gave is held until the turn ends.
  const members = gather();
  if (members === null && !isOfSeveral) return null;
  await new Promise((resolve) => setImmediate(resolve));
  const answer = await snapshot(native, isOfSeveral);
  const asked = members?.asked;
  members?.forget();
  if (answer.error) return gaveUp(native, answer.error.args.join(': '));
  return asked === undefined ? null : JSON.parse(native.heapProof(JSON.stringify(asked), OWN));
}

/**
 * @param {object} native the addon
 * @param {() => ReturnType<import('./proof.js').gather>} gather the objects of what was found, for the last look
 * @param {() => Promise<void>} round runs the function and collects garbage
 * @param {number} iterations calls of a round
 * @returns {Promise<{ growth: object, calls: number, lookMs: number } | null>} null where V8 gives no snapshot
 */
async function lookAtHeap(native, gather, round, iterations) {
  let lookMs = 0;
  /** What the function threw is for its caller. */
  let isOfRound = false;
  const timed = async (look) => {
    const from = now();
    const answer = await look();
    lookMs += now() - from;
    return answer;
  };
  const look = () => timed(async () => {
    const { error } = await snapshot(native, true);
    if (error) throw new Error(error.args.join(': '));
  });
  try {
    await look();
    let calls = 0;
    let proof = null;
    /** Rounds with a look at their end. Between them V8 only numbers what is new, where it does and `isNumbered`. */
    const rounds = async (count, isNumbered) => {
      for (let n = 1; n <= count; n++) {
        const begins = isNumbered && await timed(() => native.heapRoundBegins());
        isOfRound = true;
        await round();
        isOfRound = false;
        calls += iterations;
        if (n === count) proof = await timed(() => proofOf(native, gather, true));
        else if (!begins) await look();
      }
    };
    await rounds(ROUNDS, true);
    if (await timed(() => native.heapLeavesDoubt(calls, OWN))) await rounds(MORE_ROUNDS, false);
    const growth = JSON.parse(native.heapLooksEnd(calls));
    return { growth, proof, calls, lookMs: Math.round(lookMs), own: OWN };
  } catch (reason) {
    if (isOfRound || reason?.code?.startsWith?.('ERR_LEAKLINE_')) throw reason;
    return gaveUp(native, reason);
  } finally {
    native.heapLooksEnd(0);
  }
}

function gaveUp(native, reason) {
  noteOnce('the heap could not be looked at', reason);
  return null;
}

/** One look: V8's snapshot, analysed. */
async function snapshot(native, isOfSeveral) {
  if (!native.heapLookBegin(Object)) await stream(native);
  return JSON.parse(native.heapLook(process.cwd(), isOfSeveral));
}

function stream(native) {
  return new Promise((resolve, reject) => {
    const text = require('node:v8').getHeapSnapshot();
    text.on('data', (part) => native.heapLookPart(part));
    text.on('error', reject);
    text.on('end', resolve);
  });
}

module.exports = { usedBytes, isSmall, lookAtHeap, lookForProof };
