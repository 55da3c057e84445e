'use strict';

/**
 * How Node keeps the listeners of an EventTarget, the same on 20, 22, 24 and 26: a Map of roots by event under one
 * symbol, each root the head of a linked list; and two methods under symbols of their own, called when a listener
 * has come or gone, in whatever way.
 */

const { MessagePort } = require('node:worker_threads');

/** Reached through a class that leakline has loaded: what the globals are may be the program's, and reading some loads modules. */
const NodeEventTarget = Object.getPrototypeOf(MessagePort);
const EventTarget = Object.getPrototypeOf(NodeEventTarget);

/**
 * @typedef {object} Internals
 * @property {object} EventTarget its prototype
 * @property {object} NodeEventTarget the prototype of what also has an emitter's methods, such as MessagePort
 * @property {symbol} kEvents where a target keeps its roots: undefined before the first listener, on Node 24 and later
 * @property {symbol} kHandlers where it keeps, by event, what stands in the list for a property such as `onabort`
 * @property {symbol} kNewListener called with (size, type, listener, once, capture, passive, weak) when one is in the
 * list, and with the first one before the list is in the Map
 * @property {symbol} kRemoveListener called with (size, type, listener, capture) when one is out of it
 */

/**
 * @returns {Internals}
 * @throws TypeError where Node does it otherwise
 */
function internals() {
  const kEvents = symbolOf(new EventTarget(), 'kEvents');
  const kHandlers = symbolOf(new EventTarget(), 'kHandlers');
  const kNewListener = symbolOf(EventTarget.prototype, 'kNewListener');
  const kRemoveListener = symbolOf(EventTarget.prototype, 'kRemoveListener');
  const reported = [];
  class Probe extends EventTarget {
    [kNewListener](size, type, listener) {
      reported.push(['new', size, type, listener]);
    }
    [kRemoveListener](size, type, listener) {
      reported.push(['gone', size, type, listener]);
    }
  }
  const [first, second] = [() => {}, () => {}];
  const probe = new Probe();
  probe.addEventListener('x', first);
  probe.addEventListener('x', second);
  const head = probe[kEvents].get('x').next;
  const inList = [head.listener, head.next.listener, head.next.next];
  probe.removeEventListener('x', first);
  expect(inList, [first, second, undefined]);
  expect(reported.flat(), ['new', 1, 'x', first, 'new', 2, 'x', second, 'gone', 1, 'x', first]);
  return { EventTarget: EventTarget.prototype, NodeEventTarget: NodeEventTarget.prototype, kEvents, kHandlers, kNewListener, kRemoveListener };
}

function symbolOf(object, name) {
  const symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
  if (symbol === undefined) throw unknown();
  return symbol;
}

function expect(actual, expected) {
  if (actual.length !== expected.length || actual.some((each, i) => each !== expected[i])) throw unknown();
}

function unknown() {
  return new TypeError('this Node keeps the listeners of event targets in a way of its own');
}

module.exports = { internals };
