'use strict';

// What should be live, found out the slow and obvious way: remember whatever was made while leakline recorded, and ask
// Node, not leakline, what has become of it.

const kindOf = { setTimeout: 'timeout', setInterval: 'interval', setImmediate: 'immediate', Map: 'map', Set: 'set' };

/** Where Node keeps the listeners of a target. */
const kEvents = symbolOfEvents();

function createOracle() {
  /** Numbers the recordings; 0 while there is none. */
  let session = 0;
  let sessions = 0;
  const emitters = new WeakMap();
  const made = [];
  const handles = [];

  /** Of what was made in this recording and is not garbage. */
  const mine = (wanted) => made.filter(({ kind, of }) => kind === wanted && of === session).map(({ reference }) => reference.deref()).filter(Boolean);

  return {
    started() {
      session ||= ++sessions;
    },

    stopped() {
      session = 0;
    },

    /** An emitter is counted, with all its listeners, from the first one that is added while leakline records. */
    sawListener(emitter) {
      if (emitters.get(emitter) === session) return;
      emitters.set(emitter, session);
      made.push({ kind: 'listener', of: session, reference: new WeakRef(emitter) });
    },

    /** The same of a target; its first listener is the first that was not there before. */
    sawTarget(target) {
      if (emitters.get(target) === session) return;
      emitters.set(target, session);
      made.push({ kind: 'listener', of: session, reference: new WeakRef(target) });
    },

    listenersOfTarget,
    sizeOfTarget,

    /**
     * @param {(() => boolean) | undefined} isOpen where it can be asked; what is open is held by Node anyway
     */
    sawHandle(isOpen) {
      let hasEnded = false;
      const handle = { isOpen: isOpen ?? (() => !hasEnded), of: session, end: () => void (hasEnded = true) };
      handles.push(handle);
      return handle;
    },

    sawTimer(method, timer) {
      made.push({ kind: kindOf[method], of: session, reference: { deref: () => timer } });
    },

    sawCollection(name, collection) {
      made.push({ kind: kindOf[name], of: session, reference: new WeakRef(collection) });
    },

    timers: () => made.filter(({ kind }) => ['timeout', 'interval', 'immediate'].includes(kind)).map(({ reference }) => reference.deref()),

    /** How many of a kind are live; all garbage must have been collected. */
    live(kind) {
      if (kind === 'handle') return handles.filter(({ of, isOpen }) => of === session && isOpen()).length;
      const those = mine(kind);
      if (kind === 'listener') return those.reduce((sum, object) => sum + (object instanceof EventTarget ? listenersOfTarget : listenersOf)(object), 0);
      return kind === 'map' || kind === 'set' ? those.length : those.filter(isPending).length;
    },

    /** Objects that are not garbage, whether anybody recorded or not. */
    alive: () => new Set(made.map(({ reference }) => reference.deref()).filter(Boolean)).size,
  };
}

const listenersOf = (emitter) => emitter.eventNames().reduce((sum, name) => sum + emitter.rawListeners(name).length, 0);

/** What stands in Node's lists for a handler property stays there when it is set to nothing: it does not count then. */
function listenersOfTarget(target) {
  let count = 0;
  for (const { next } of target[kEvents]?.values() ?? []) {
    for (let entry = next; entry !== undefined; entry = entry.next) {
      if (!Object.hasOwn(entry.listener, 'handler') || typeof entry.listener.handler === 'function') count++;
    }
  }
  return count;
}

/** What Node counts itself, which grows whenever one is added. */
const sizeOfTarget = (target) => [...(target[kEvents]?.values() ?? [])].reduce((sum, { size }) => sum + size, 0);

function symbolOfEvents() {
  const target = new EventTarget();
  // From Node 24 on the lists are made with the first listener.
  target.addEventListener('a', () => {});
  return Object.getOwnPropertySymbols(target).find((symbol) => symbol.description === 'kEvents');
}

/** What was cleared has no callback any more, even when it is refreshed. */
const isPending = (timer) => !timer._destroyed && typeof (timer._onTimeout ?? timer._onImmediate) === 'function';

module.exports = { createOracle };
