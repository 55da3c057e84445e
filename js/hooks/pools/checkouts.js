'use strict';

/**
 * What one pool has checked out. A checkout gets its stack when it is asked for and counts from when it is handed out: one that
 * waits, or fails, is none. Resources are held weakly; that one is collected unreturned is seen as its end.
 */

const { Map, Set } = require('../../base/originals.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');

/**
 * @typedef {object} Recorder what an adapter says; nothing here throws
 * @property {(hook: Function) => Ticket | null} take a checkout is asked for, by the caller of `hook`
 * @property {(ticket: Ticket | null, resource: unknown) => void} checkedOut it is handed out
 * @property {(resource: unknown) => void} back it is returned; nothing happens for one that was checked out before the watch
 * @property {() => void} allBack all that is checked out ends with the pool
 */

/** @typedef {{ site: number, weight: number }} Ticket */

/**
 * @param {import('../context.js').Context} context
 * @param {{ maxHoldMs: number, label: string }} options
 * @param {((resource: object) => boolean) | undefined} isOver see `Adapter`
 */
function createCheckouts({ ring, owners, samplers: { other: sampler }, kinds, site }, { maxHoldMs, label }, isOver) {
  /** Checkouts by resource. One that is no object is its own name: nothing is held by it. */
  const byObject = new WeakMap();
  const byValue = new Map();
  const mapOf = (resource) => (isObject(resource) ? byObject : byValue);
  /** All that are out. */
  const out = new Set();
  let isActive = true;

  function take(hook) {
    const weight = sampler.admit();
    return { site: weight < 0 ? 0 : site(kinds.pool, hook, String, label, null, String), weight: Math.max(weight, 0) };
  }

  function checkedOut(ticket, resource) {
    if (!isActive || ticket === null) return;
    // Checked out again: its return went past us.
    back(resource);
    const checkout = { handle: 0, index: -1, resource: null };
    if (isObject(resource)) {
      checkout.index = owners.retain(resource, () => end(checkout, 'collect'));
      if (isOver !== undefined) checkout.resource = new WeakRef(resource);
    }
    mapOf(resource).set(resource, checkout);
    out.add(checkout);
    checkout.handle = ring.register(kinds.pool, ticket.site, ticket.weight, 0, maxHoldMs);
  }

  function back(resource) {
    const map = mapOf(resource);
    const checkout = map.get(resource);
    if (checkout === undefined) return;
    map.delete(resource);
    if (out.has(checkout)) returned(checkout);
  }

  function returned(checkout) {
    if (checkout.index >= 0) owners.release(checkout.index);
    end(checkout, 'release');
  }

  function end(checkout, how) {
    out.delete(checkout);
    if (isActive) ring[how](checkout.handle);
  }

  return {
    recorder: {
      take: guarded(take),
      checkedOut: guarded(checkedOut),
      back: guarded(back),
      allBack: guarded(() => out.forEach(returned)),
    },

    /** Shows what is out, by its handle. */
    show(see) {
      for (const { handle, index } of out) if (index >= 0) owners.show(index, (resource) => see(handle, resource));
    },

    /** Whether nothing is out. */
    isEmpty: () => out.size === 0,

    /** Ends what has ended by itself. */
    look() {
      if (isOver === undefined) return;
      for (const checkout of out) {
        const resource = checkout.resource?.deref();
        if (resource !== undefined && isOver(resource)) returned(checkout);
      }
    },

    /** Nobody will see what is out return: it ends as if it were collected, so that nobody is accused of it. */
    end() {
      for (const checkout of out) {
        if (checkout.index >= 0) owners.release(checkout.index);
        end(checkout, 'collect');
      }
      isActive = false;
    },
  };
}

/** It runs within the program's call, and has no result but null when it fails. */
function guarded(call) {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: 'a checkout of a pool was not recorded', error };
      return null;
    }
  };
}

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

module.exports = { createCheckouts };
