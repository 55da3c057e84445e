'use strict';

/**
 * Map and Set: the constructors are replaced, the prototypes' methods never touched. Instances are
 * held by weak handles; their size is read at samples. What grows goes to `growth.js`.
 */

const { NativeMap, NativeSet, apply } = require('../../base/originals.js');
const { ownList } = require('../../base/own-lists.js');
const { forEach, fromLast, max, min } = require('../../base/primordials.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { replaceConstructor } = require('./constructors.js');
const { functionNameOf } = require('../../base/names.js');
const { createGrowth } = require('./growth.js');
const { WEAK_BYTES } = require('../../recording/owners.js');
const { gatherAll } = require('../../recording/gather.js');
const { growTo } = require('../../recording/grow-to.js');

const { getOwnPropertyDescriptor } = Object;

/** The addon's table of collections. */
const TABLE = 1;
/** Instances that one call to the addon can name. */
const BATCH = 1024;
/** In place of its size, what nobody has looked at yet. */
const NEW_MAP = -1;
const NEW_SET = -2;
const NOTHING = [];

/**
 * @param {import('../context.js').Context} context
 * @returns {import('../context.js').Hook}
 */
function install(context) {
  const { native, ring, samplers: { collection: sampler }, kinds } = context;
  const sizeOfMap = getOwnPropertyDescriptor(NativeMap.prototype, 'size').get;
  const sizeOfSet = getOwnPropertyDescriptor(NativeSet.prototype, 'size').get;

  // By the addon's index of an instance. Most die before the first look: until then of one is known what it takes to end it.
  let handles = new Int32Array(BATCH);
  /** Entries that the last look saw; before the first one which of both it is. */
  let sizes = new Int32Array(BATCH);
  let areSets = new Uint8Array(BATCH);
  /** Indexes that were in use ever. */
  let used = 0;
  const growth = createGrowth(context);

  function makeRoom(index) {
    used = index + 1;
    handles = growTo(handles, index);
    sizes = growTo(sizes, index);
  }

  /** The first look at it. */
  function begin(index) {
    areSets = growTo(areSets, index);
    areSets[index] = sizes[index] === NEW_SET ? 1 : 0;
    sizes[index] = 0;
    growth.begin(index);
  }

  function made(kind, instance, maker, hook) {
    const known = context.known(kind);
    const weight = sampler.admit(known);
    if (weight < 0) return;
    const site = context.site(kind, hook, nameOf, maker, null, String, known);
    const index = native.holdCollection(instance);
    if (index >= used) makeRoom(index);
    // Nobody releases a collection: a single test cannot show whether one that it made stays too long.
    handles[index] = ring.register(kind, site, weight, weight, 0, true);
    sizes[index] = kind === kinds.map ? NEW_MAP : NEW_SET;
  }

  const indexes = new Int32Array(BATCH + 1);
  const objects = ownList([]);
  let cursor = 0;

  /** Looks at up to `limit` instances, and shows them to `see`; true at the end of the table. */
  function look(limit, see) {
    cursor = native.gather(TABLE, cursor, limit, indexes, objects);
    const count = indexes[0];
    for (let i = 1; i <= count; i++) {
      const index = indexes[i];
      if (index < 0) ring.collect(handles[-1 - index]);
      else seen(index, objects[i - 1], see);
    }
    for (let i = 0; i < objects.length; i++) objects[i] = undefined; // hold none of them until the next look
    return cursor === 0;
  }

  function seen(index, instance, see) {
    see?.(instance);
    if (sizes[index] < 0) begin(index);
    const isSet = areSets[index] === 1;
    const size = apply(isSet ? sizeOfSet : sizeOfMap, instance, NOTHING);
    const isResized = size !== sizes[index];
    if (isResized) ring.resize(handles[index], (sizes[index] = size));
    if (isResized || growth.wants(index)) growth.look(index, instance, isSet ? kinds.set : kinds.map, handles[index], size);
  }

  context.holds(() => handles.byteLength + sizes.byteLength + areSets.byteLength + growth.bytes() + used * WEAK_BYTES);
  context.onTick(() => {
    growth.flush();
    const limit = min(20_000, max(2_000, used >> 2));
    for (let seen = 0; seen < limit; seen += BATCH) if (look(BATCH)) return;
  });
  context.onLook(() => {
    cursor = 0;
    while (!look(0x7fffffff));
    growth.flush();
  });
  context.onShow((see) => gatherAll(native, TABLE, (index, instance) => see(handles[index], instance), (index) => ring.collect(handles[index])));
  context.eachCollection = (see) => {
    cursor = 0;
    while (!look(0x7fffffff, see));
  };
  return {
    /** Each realm has a Map and a Set of its own. */
    adopt(realm) {
      const undo = [];
      forEach(['Map', 'Set'], (name) => {
        const kind = kinds[name === 'Map' ? 'map' : 'set'];
        if (kind === undefined) return;
        try {
          undo[undo.length] = replaceConstructor(realm, name, kind, made);
        } catch (error) {
          if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note: `not seen: ${name} (it cannot be replaced; intrinsics may be frozen)`, error };
        }
      });
      return { undo: () => fromLast(undo, (restore) => restore()) };
    },
    undo: growth.undo,
  };
}

function nameOf(maker) {
  return functionNameOf(maker) || 'anonymous class';
}

module.exports = { install };
