'use strict';

/**
 * Listeners on EventTargets: AbortSignals, MessagePorts, and what extends the class.
 *
 * Node's lists stay the truth. Two methods that Node calls whenever a listener has come or gone, `{ once }`,
 * `{ signal }` and handler properties included, are hooked; the public ones are not touched. Each entry of a tracked
 * target's list is marked with its handle; a listener is never wrapped and never kept.
 */

const { types } = require('node:util');
const { apply } = require('../../base/originals.js');
const { findFirst, fromLast, getOwnPropertyDescriptor, getOwnPropertySymbols, hasOwn, max } = require('../../base/primordials.js');
const { noteOnce, pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { wrap, heal } = require('../wrap.js');
const { FieldHost } = require('../private-field.js');
const { weigh } = require('../../recording/sampling/stacks.js');
const { createRecords } = require('../owner-records.js');
const { createClasses, showEvent } = require('../../base/names.js');
const { internals } = require('./internals.js');
const { TargetRecord, Listening, Mark, isSilent } = require('./record.js');
const { createCreationWindows } = require('../creation-windows.js');

const { isPrototypeOf } = Object.prototype;

/** On a target: what Node put on a signal for the listener with `{ signal }` that comes next. */
class Awaiting extends FieldHost {
  #ward;

  constructor(object) {
    super(object);
  }

  static set(target, ward) {
    if (#ward in target) target.#ward = ward;
    else new Awaiting(target).#ward = ward;
  }

  static take(target) {
    if (!(#ward in target)) return null;
    const ward = target.#ward;
    target.#ward = null;
    return ward;
  }
}

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const { owners, ownerSampler, samplers, windows } = context;
  const { EventTarget, NodeEventTarget, kEvents, kHandlers, kNewListener, kRemoveListener } = internals();
  const kind = context.kinds.listener;
  /** On a signal that follows others; unknown until one is seen. */
  let kComposite;
  /** Where records register. */
  const registry = { ring: context.ring, owners, kind };
  const records = createRecords(context.mode() === 'full');
  const creations = createCreationWindows(context);
  const classOf = createClasses();

  function track(target) {
    if (sharesListeners(target, kEvents)) return undefined;
    const record = new TargetRecord(registry, owners.retain(target));
    records.set(target, record);
    return record;
  }

  /** Takes in the listeners that a target had before it was tracked: those of the new one's event come with it. */
  function adopt(target, newType, record) {
    target[kEvents]?.forEach((root, type) => type !== newType && record?.reconcile(type, root));
    return record;
  }

  function added(target, type, listener, weak, hook) {
    const events = target[kEvents];
    // Whom nobody listened to, and who was not seen before, may have been made just now.
    if ((windows.current !== 0 || windows.isRunning) && (events === undefined || events.size === 0)) creations.firstListener(target);
    const ward = Awaiting.take(target);
    let record = records.get(target);
    let early = -1;
    if (record === undefined) {
      // Node reports the count once it has put the first one into its Map.
      early = ownerSampler.admit(type, events?.get(type)?.size ?? 1);
      if (early < 0) return;
      record = adopt(target, type, track(target));
      if (record === undefined) return;
    }
    const listening = new Listening(record);
    if (record.add(type, events?.get(type), listening)) {
      if (!isSilent(listener) && !isPortsOwn(target, type, events)) count(target, record, type, listening, weak, early, hook);
      listening.ward = ward;
    } else {
      const known = handlerOf(target, type);
      if (known !== undefined && known.handle === 0) count(target, record, type, known, weak, early, hook);
    }
  }

  function removed(target, type, listener) {
    const record = records.get(target);
    if (record === undefined || !record.lists.has(type)) return;
    // A listener that Node cannot name any more was garbage-collected.
    if (record.remove(type, target[kEvents]?.get(type), listener === undefined)) return;
    const known = handlerOf(target, type);
    if (known === undefined) return;
    record.end(known, false);
  }

  /** All that Node's lists do not hold any more. */
  function removedAll(target) {
    const record = records.get(target);
    if (record === undefined) return;
    record.lists.forEach((_, type) => record.reconcile(type, target[kEvents]?.get(type)));
  }

  /** The listening of a handler property, as `onabort` is: its entry stays in the list when the property is cleared. */
  function handlerOf(target, type) {
    const listener = target[kHandlers]?.get(type);
    let entry = listener === undefined ? undefined : target[kEvents]?.get(type)?.next;
    while (entry !== undefined && entry.listener !== listener) entry = entry.next;
    return entry === undefined ? undefined : Mark.get(entry);
  }

  /** @param {number} early log2 of the registrations on targets that are not tracked which it stands for; -1 on one that was tracked */
  function count(target, record, type, listening, weak, early, hook) {
    const weighed = weigh(samplers.listener, early, type, record.isGrowth(type));
    if (record.className === null) record.className = classOf(target);
    const site = weighed < 0 ? 0 : context.siteOf(kind, hook, record, type, showEvent);
    const weight = max(0, weighed);
    if (isTarget(weak)) {
      // Node's own, for `{ signal }`: it ends with the listener that comes next, or else with that one's target.
      listening.later = { site, weight };
      Awaiting.set(weak, listening);
      return;
    }
    // What Node holds weakly ends when somebody else is collected: no test is to blame for it.
    const diesWithOwner = (isObject(weak) || creations.isWithOwner(target, record, site)) && !keepsItself(target, record);
    record.register(listening, site, weight, diesWithOwner, record.lists.get(type)?.length, early > 0 ? early : 0);
  }

  /**
   * What Node keeps by itself while somebody listens to it, as `AbortSignal.any()` makes: such a listener does not merely come with
   * its owner. Tests have their own rule.
   */
  function keepsItself(target, record) {
    if (record.className !== 'AbortSignal' || (windows.current !== 0 && !windows.isCalling())) return false;
    return (record.isComposite ??= isComposite(target));
  }

  /** What Node decides when it makes a signal. */
  function isComposite(target) {
    const isOfThem = (symbol) => symbol.description === 'kComposite';
    kComposite ??= findFirst(getOwnPropertySymbols(target), isOfThem);
    return kComposite !== undefined && getOwnPropertyDescriptor(target, kComposite)?.value === true;
  }

  function isTarget(value) {
    return isObject(value) && !types.isProxy(value) && hasOwn(value, kEvents);
  }

  /** Whether it is what Node puts on each MessagePort when it is made: the first of each of these two. */
  function isPortsOwn(target, type, events) {
    return (type === 'newListener' || type === 'removeListener') && events?.has(type) !== true && apply(isPrototypeOf, NodeEventTarget, [target]);
  }

  /** Shows the entries of Node's lists that are recorded, by their handles. */
  context.onShow((see) => {
    owners.each((target) => {
      const record = records.get(target);
      record?.lists.forEach((list, type) => {
        let entry = target[kEvents]?.get(type)?.next;
        for (let i = 0; i < list.length && entry !== undefined; i++) {
          if (list[i].handle !== 0) see(list[i].handle, entry);
          entry = entry.next;
        }
      });
    });
  });

  function hookNew(patch) {
    return function newListener(_size, type, listener, _once, _capture, _passive, weak) {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) {
        try {
          added(this, type, listener, weak, patch.wrapper);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `a target's listener was not recorded`, error };
        }
      } else heal(patch);
      return result;
    };
  }

  function hookGone(patch) {
    return function removeListener(_size, type, listener) {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) {
        try {
          removed(this, type, listener);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `the removal of a target's listener was not recorded`, error };
        }
      } else heal(patch);
      return result;
    };
  }

  /** The one way of which Node notifies nobody. */
  function hookAllGone(patch) {
    return function removeAllListeners(_type) {
      let result;
      try {
        result = apply(patch.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
      if (patch.active) {
        try {
          removedAll(this);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `the removal of a target's listener was not recorded`, error };
        }
      } else heal(patch);
      return result;
    };
  }

  const patches = [];
  const hook = {
    undo() {
      registry.ring = registry.owners = null; // targets that live on must not keep them
      fromLast(patches, (patch) => patch.undo());
    },
  };
  try {
    patches.push(wrap([EventTarget], [kNewListener], hookNew));
    patches.push(wrap([EventTarget], [kRemoveListener], hookGone));
    patches.push(wrap([NodeEventTarget], ['removeAllListeners'], hookAllGone));
  } catch (error) {
    hook.undo();
    throw error;
  }
  return hook;
}

/** True for a target whose lists others use too, as a Proxy does: listeners would be counted at each. */
function sharesListeners(target, kEvents) {
  if (!types.isProxy(target) && hasOwn(target, kEvents)) return false;
  noteOnce('not seen: listeners added through a Proxy, or on objects that inherit from an EventTarget');
  return true;
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

module.exports = { install };
