'use strict';

/**
 * Lists of leakline's own that grow with what the program registers. No census counts them: who holds one, it would search
 * for in the whole program.
 */

const own = new WeakSet();

/**
 * @template {unknown[]} T
 * @param {T} list
 * @returns {T} the list, which is known from now on, weakly
 */
function ownList(list) {
  own.add(list);
  return list;
}

/** Whether it is one. */
const isOwnList = (value) => own.has(value);

module.exports = { ownList, isOwnList };
