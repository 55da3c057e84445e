'use strict';

/**
 * Where everything goes that must not reach the user's call: kept here, reported to the collector,
 * shown in every snapshot as a note.
 */

const { Set } = require('./originals.js');
const { drain } = require('./primordials.js');

const MAX_NOTES = 32;
const notes = new Set();
let listen = null;

/**
 * What a hook has caught inside the program's call. It writes here without calling anything: the
 * stack may be full, and the program's call has taken effect.
 * @type {{ note: string, error: unknown }[]}
 */
const pendingErrors = [];
const MAX_PENDING = 32;

/** Says what hooks have caught. */
function reportPending() {
  const caught = drain(pendingErrors);
  for (let i = 0; i < caught.length; i++) noteOnce(caught[i].note, caught[i].error);
}

/**
 * Says something once.
 * @param {string} note
 * @param {unknown} [error] what made it necessary
 */
function noteOnce(note, error) {
  const text = error === undefined ? note : `${note} (${messageOf(error)})`;
  if (notes.has(text) || notes.size >= MAX_NOTES) return;
  notes.add(text);
  if (listen !== null) sendOne(text);
}

/**
 * Where notes go from now on; null forgets them.
 * @param {((note: string) => void) | null} listener
 */
function notesTo(listener) {
  listen = listener;
  if (listener === null) notes.clear();
  else notes.forEach(sendOne);
}

function sendOne(note) {
  try {
    listen(note);
  } catch {
    // The collector is gone; the next request to it says so.
  }
}

function messageOf(error) {
  try {
    return String(error?.message ?? error).slice(0, 200);
  } catch {
    return 'an error that cannot be shown';
  }
}

module.exports = { noteOnce, notesTo, pendingErrors, MAX_PENDING, reportPending };
