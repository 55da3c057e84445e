'use strict';

/**
 * What is known of one tracked EventTarget, held against the lists that Node keeps: those stay the truth. Entries are
 * marked, so that those that stay show which one has left, however it left.
 */

const { types } = require('node:util');
const { Map, Set } = require('../../base/originals.js');
const { getOwnPropertyDescriptor, hasOwn, pop, splice } = require('../../base/primordials.js');
const { GATHERED } = require('../../recording/sampling/stacks.js');
const { idOf } = require('../../base/cut.js');
const { FieldHost } = require('../private-field.js');

/** Bytes of what a target carries, and of each listener there with its mark, as measured. */
const RECORD_BYTES = 330;
const LISTENING_BYTES = 120;
/** Events of a target whose most listeners are remembered. */
const MAX_PEAKS = 64;

/** One listener. It must not reach the listener, nor the target. */
class Listening {
  /** @param {TargetRecord} record of the target that it is on */
  constructor(record) {
    this.record = record;
    /** 0 for what is not counted. */
    this.handle = 0;
    /** What Node itself put on the signal of `{ signal }` for this one; null for none. */
    this.ward = null;
    /** A ward's site and weight, with which it is counted as soon as it is left alone; null for another. */
    this.later = null;
    /** Whether it is in its list, and whether its entry there is marked: the first one of a list is not at first. */
    this.isIn = true;
    this.isMarked = false;
  }
}

/** On an entry of a list of Node's: which listening it is. */
class Mark extends FieldHost {
  #listening;

  constructor(object) {
    super(object);
  }

  static get(entry) {
    return #listening in entry ? entry.#listening : undefined;
  }

  static set(entry, listening) {
    if (#listening in entry) entry.#listening = listening;
    else new Mark(entry).#listening = listening;
    listening.isMarked = true;
  }

  /** Where a list and what is known of it part. */
  static parting(entry, listenings) {
    let at = 0;
    for (; entry !== undefined && #listening in entry && entry.#listening === listenings[at]; entry = entry.next) at++;
    return { at, entry };
  }
}

/** What a target that is tracked carries. */
class TargetRecord {
  /**
   * @param {{ ring: ReturnType<typeof import('../../recording/ring.js').createRing>, owners: ReturnType<typeof import('../../recording/owners.js').createOwners>, kind: number }} registry
   * @param {number} owner the target's index
   */
  constructor(registry, owner) {
    this.registry = registry;
    this.owner = owner;
    registry.owners.carries(owner, RECORD_BYTES);
    /** When the target was seen for the first time, on the collector's clock. */
    this.since = registry.ring.clock();
    /** Of the target; null until it is asked for. */
    this.className = null;
    /** Whether it is a signal that follows others; null until it is asked for. */
    this.isComposite = null;
    /** Listenings by event, in the order of Node's list. */
    this.lists = new Map();
    /** By event, the most that there ever were, of those that have many. */
    this.peaks = null;
  }

  /** Whether an event has more listeners now than it ever had, and many. */
  isGrowth(type) {
    const count = this.lists.get(type)?.length ?? 0;
    if (count < GATHERED) return false;
    this.peaks ??= new Map();
    const id = idOf(type);
    if (count <= (this.peaks.get(id) ?? 0)) return false;
    if (this.peaks.size >= MAX_PEAKS) this.peaks.clear();
    this.peaks.set(id, count);
    return true;
  }

  /**
   * Counts a listener from now on.
   * @param {number} [count] how many of its event the target has, this one included; 0 when that is unknown
   * @param {number} [totalWeight] log2 of the registrations on targets that are not tracked which it stands for
   */
  register(listening, site, weight, diesWithOwner, count = 0, totalWeight = 0) {
    const { ring, owners, kind } = this.registry;
    listening.handle = ring.register(kind, site, weight, totalWeight, count, diesWithOwner);
    owners.add(this.owner, listening.handle);
    owners.carries(this.owner, LISTENING_BYTES);
  }

  /** A listener does not count any more. */
  end(listening, isCollected) {
    const { ring, owners } = this.registry;
    const { handle } = listening;
    if (handle === 0) return;
    listening.handle = 0;
    owners.remove(this.owner, handle);
    owners.carries(this.owner, -LISTENING_BYTES);
    if (isCollected) ring.collect(handle);
    else ring.release(handle);
  }

  /**
   * A listener has come; it stands at the end of its list.
   * @param {object | undefined} root the list; undefined where Node puts the first one's into its Map only now
   * @returns false for none that is new: a handler property has a value again
   */
  add(type, root, listening) {
    if (root === undefined) {
      this.reconcile(type, undefined);
      this.lists.set(type, [listening]);
      return true;
    }
    let last = root.next;
    while (last.next !== undefined) last = last.next;
    if (Mark.get(last)?.isIn) return false;
    const list = this.lists.get(type);
    if (last === root.next && list?.length === 1 && !list[0].isMarked) {
      Mark.set(last, list[0]);
      return false;
    }
    if (list === undefined || list.length !== root.size - 1) {
      this.reconcile(type, root, last);
      const reconciled = this.lists.get(type);
      reconciled[reconciled.length] = listening;
    } else {
      if (!list[0].isMarked) Mark.set(root.next, list[0]);
      list[list.length] = listening;
    }
    Mark.set(last, listening);
    return true;
  }

  /**
   * A listener has gone, in whatever way.
   * @returns false when none has left the list: a handler property was cleared
   */
  remove(type, root, isCollected) {
    const list = this.lists.get(type);
    const { at, entry } = Mark.parting(root?.next, list);
    if (at === list.length && entry === undefined) return false;
    const isNext = entry === undefined ? at === list.length - 1 : at + 1 < list.length && Mark.get(entry) === list[at + 1];
    if (!isNext) return this.reconcile(type, root, undefined, isCollected) > 0;
    this.leave(at === list.length - 1 ? pop(list) : splice(list, at, 1)[0], isCollected);
    if (list.length === 0) this.lists.delete(type);
    return true;
  }

  /**
   * Brings what is known of a list in line with it. Who came unseen is counted, at no line.
   * @param {object} [end] the entry to stop at
   * @returns how many have left
   */
  reconcile(type, root, end, isCollected = false) {
    const known = this.lists.get(type) ?? [];
    const gone = new Set();
    for (let i = 0; i < known.length; i++) gone.add(known[i]);
    const list = [];
    for (let entry = root?.next; entry !== end; entry = entry.next) {
      let listening = Mark.get(entry);
      if (!gone.delete(listening)) {
        const isFirst = list.length === 0 && known.length > 0 && !known[0].isMarked;
        listening = isFirst ? known[0] : this.unseen(entry);
        gone.delete(listening);
        Mark.set(entry, listening);
      }
      list[list.length] = listening;
    }
    gone.forEach((listening) => this.leave(listening, isCollected));
    if (list.length > 0 || end !== undefined) this.lists.set(type, list);
    else this.lists.delete(type);
    return gone.size;
  }

  unseen({ listener }) {
    const listening = new Listening(this);
    if (!isSilent(listener)) this.register(listening, 0, 0, false);
    return listening;
  }

  leave(listening, isCollected) {
    listening.isIn = false;
    this.end(listening, isCollected);
    const { ward } = listening;
    // It goes with the target, so no test is to blame for it.
    if (ward?.isIn && ward.handle === 0) ward.record.register(ward, ward.later.site, ward.later.weight, true);
  }
}

/**
 * Whether a listener does nothing: what stands in a list for a handler property such as `onabort` stays there when
 * the property is null. Found without running code of the program's.
 */
function isSilent(listener) {
  if (typeof listener !== 'function' || types.isProxy(listener) || !hasOwn(listener, 'handler')) return false;
  const { value } = getOwnPropertyDescriptor(listener, 'handler');
  return typeof value !== 'function' && getOwnPropertyDescriptor(listener, 'name')?.value === 'eventHandler';
}

module.exports = { TargetRecord, Listening, Mark, isSilent };
