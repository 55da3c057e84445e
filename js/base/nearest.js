'use strict';

/** The most similar of several names. */

/**
 * The name nearest to `given`; undefined where none is near: a third of its letters may differ, or it is the plural.
 * @param {string} given
 * @param {string[]} names
 */
function nearest(given, names) {
  const text = given.toLowerCase();
  let best;
  // Longer ones are no misspelling of anything.
  let least = text.length > 64 ? 0 : Math.ceil(text.length / 3) + 1;
  for (const name of names) {
    const distance = distanceOf(text, name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Letters to insert, remove, replace or swap with their neighbour until one text is the other (optimal string alignment). */
function distanceOf(a, b) {
  let before = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}

module.exports = { nearest };
