'use strict';

/**
 * The registrations of handles, each from its opening to its end. Where no call marks the end, what
 * was opened is held weakly and its public state is read when somebody looks.
 */

const { now } = require('../../base/originals.js');
const { max, some } = require('../../base/primordials.js');
const { pendingErrors, MAX_PENDING } = require('../../base/internal-errors.js');
const { ownList } = require('../../base/own-lists.js');
const { gatherAll } = require('../../recording/gather.js');
const { FieldHost } = require('../private-field.js');

/** The addon's table of handles. */
const TABLE = 2;
/** Handles that one call to the addon can name. */
const BATCH = 1024;
/** The longest that a look at a part of them may take, in ms. */
const LOOK_MS = 2;

/** What a handle carries: its registration, and what to restore on it. */
class PrivateField extends FieldHost {
  #life = null;

  constructor(object) {
    super(object);
  }

  static set(object, life) {
    if (!(#life in object)) new PrivateField(object);
    object.#life = life;
  }

  /** The life of an object that is open; null when nothing is known of it, or it has ended. */
  static of(object) {
    if (typeof object !== 'object' || object === null || !(#life in object)) return null;
    return object.#life?.isOpen ? object.#life : null;
  }
}

/**
 * @param {import('../context.js').Context} context
 */
function createRegistrations(context) {
  const { native, ring, samplers: { other: sampler }, site, kinds } = context;
  let isActive = true;
  /** By the addon's index: handles whose end is awaited. */
  const watched = ownList([]);

  /** One registration. */
  class Life {
    #handle;
    /** The addon's index of the watched object; -1 for none. */
    index = -1;
    /** Called with what is watched when recording stops. */
    putBack = null;

    constructor(handle) {
      this.#handle = handle;
    }

    /** The ring's number of it; 0 once it has ended. */
    get handle() {
      return this.#handle;
    }

    get isOpen() {
      return isActive && this.#handle !== 0;
    }

    /** @param {'release' | 'collect'} how */
    end(how = 'release') {
      if (!this.isOpen) return;
      const handle = this.#handle;
      this.#handle = 0;
      this.unwatch();
      ring[how](handle);
    }

    unwatch() {
      const { index } = this;
      if (index < 0 || !isActive) return;
      this.index = -1;
      watched[index] = undefined;
      native.release(TABLE, index);
    }
  }

  /** Where something is being opened: its site, and how many such it stands for. */
  function openedBy(label, hook) {
    const weight = sampler.admit();
    return weight < 0 ? { site: 0, weight: 0 } : { site: site(kinds.handle, hook, described, label, null, String), weight };
  }

  /** It is open. It fails no test: a single test cannot know who closes it, and when. */
  function begin(opening) {
    return new Life(ring.register(kinds.handle, opening.site, opening.weight, 0, 0, true));
  }

  /**
   * Looks at an object until its life ends.
   * @param {Life} life
   * @param {object} object
   * @param {(object: any, life: Life) => boolean} isEnded reads its state
   * @param {'release' | 'collect'} death what its garbage collection means: what Node itself holds while
   * it is open was closed before
   */
  function watch(life, object, isEnded, death) {
    life.index = native.holdHandle(object);
    watched[life.index] = { life, isEnded, death };
  }

  /** It was closed, and ends in order: that it is garbage means the same. */
  function willEnd(life) {
    if (life.index >= 0 && isActive) watched[life.index].death = 'release';
  }

  const indexes = new Int32Array(BATCH + 1);
  const objects = ownList([]);
  let cursor = 0;

  /** Looks at up to `limit` objects; true at the end of the table. */
  function look(limit) {
    cursor = native.gather(TABLE, cursor, limit, indexes, objects);
    for (let i = 0; i < indexes[0]; i++) {
      const index = indexes[i + 1];
      if (index < 0) ended(-1 - index, watched[-1 - index].death);
      else if (isOver(watched[index], objects[i])) {
        native.release(TABLE, index);
        ended(index, 'release');
      }
    }
    for (let i = 0; i < objects.length; i++) objects[i] = undefined; // hold none of them
    return cursor === 0;
  }

  /** The addon has let go of an index. */
  function ended(index, how) {
    const { life } = watched[index];
    watched[index] = undefined;
    life.index = -1;
    life.end(how);
  }

  function isOver({ life, isEnded }, object) {
    try {
      return isEnded(object, life);
    } catch {
      return false; // a getter of the program's has thrown
    }
  }

  context.onTick(() => {
    const until = now() + LOOK_MS;
    const enough = max(2_000, watched.length >> 2);
    for (let seen = 0; seen < enough && now() < until; seen += BATCH) if (look(BATCH)) return;
  });
  context.onLook(() => {
    cursor = 0;
    while (!look(0x7fffffff));
  });

  context.onShow((see) => gatherAll(native, TABLE, (index, object) => see(watched[index].life.handle, object), (index) => ended(index, watched[index].death)));

  /** Calls under way that open a part of their result. */
  let covering = 0;

  return {
    openedBy,
    begin,
    watch,
    willEnd,

    /** What is opened while `act` runs is part of something else. */
    covered(act) {
      covering++;
      try {
        return act();
      } finally {
        covering--;
      }
    },

    isCovered: () => covering > 0,

    /** Something was opened by the call that is under way. */
    open: (label, hook) => begin(openedBy(label, hook)),

    undo() {
      gatherAll(native, TABLE, (index, object) => watched[index].life.putBack?.(object), () => {});
      isActive = false;
      watched.length = 0;
    },
  };
}

/** Node holds what is open, but these: such a one may be garbage and still open. */
const ENDS_WITH_OWNER = ['FileHandle', 'Dir'];

/** A new site of handles. */
function described(label) {
  return { subject: label, endsWithOwner: some(ENDS_WITH_OWNER, (each) => each === label) };
}

/** Does what must not reach the program's call. */
function quietly(note, act) {
  try {
    return act();
  } catch (error) {
    if (pendingErrors.length < MAX_PENDING) pendingErrors[pendingErrors.length] = { note, error };
    return undefined;
  }
}

module.exports = { createRegistrations, PrivateField, quietly };
