'use strict';

/**
 * Where everything goes that must not reach the user's call: kept here, told to the collector,
 * shown in every snapshot as a note.
 */

const { Set } = require('./originals.js');

const MAX_NOTES = 32;
const notes = new Set();
let tell = null;

/**
 * Says something once.
 * @param {string} note
 * @param {unknown} [error] what made it necessary
 */
function noteOnce(note, error) {
  const text = error === undefined ? note : `${note} (${messageOf(error)})`;
  if (notes.has(text) || notes.size >= MAX_NOTES) return;
  notes.add(text);
  if (tell !== null) tellOne(text);
}

/**
 * Where notes go from now on; null forgets them.
 * @param {((note: string) => void) | null} listener
 */
function notesTo(listener) {
  tell = listener;
  if (listener === null) notes.clear();
  else notes.forEach(tellOne);
}

function tellOne(note) {
  try {
    tell(note);
  } catch {
    // The collector is gone; whoever asks it next is told.
  }
}

function messageOf(error) {
  try {
    return String(error?.message ?? error).slice(0, 200);
  } catch {
    return 'an error that cannot be shown';
  }
}

module.exports = { noteOnce, notesTo };
