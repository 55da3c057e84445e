'use strict';

/** What samples of memory say, of whatever kind: on its way from the addon, which takes them, to the collector. */

const { noteOnce } = require('../base/internal-errors.js');
const { forEach } = require('../base/primordials.js');

/**
 * @param {object} native the addon
 * @param {string[]} notes said once each
 * @param {string | null} changed sites that are reported, or are not any more; null where none has changed
 * @param {(stack: object[]) => boolean} isIgnored called with each new stack
 * @param {(site: { number: number, stack?: object[] }) => string | null} [holderOf] what holds what a site allocates
 */
function passOn(native, notes, changed, isIgnored, holderOf) {
  forEach(notes, noteOnce);
  if (changed === null) return;
  const all = JSON.parse(changed);
  forEach(all, (each) => {
    if (each.stack) each.ignored = isIgnored(each.stack);
    each.heldBy = holderOf?.(each) ?? undefined;
  });
  native.allocations(JSON.stringify(all));
}

module.exports = { passOn };
