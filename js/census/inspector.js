'use strict';

/**
 * The way to V8's inspector and back. Everything here is synchronous: a session in the process
 * answers before `post` returns. Objects come into JavaScript as themselves, in a box that
 * lies on the realm's global object for that moment.
 */

const { Map, apply, on, off } = require('../base/originals.js');
const { mainGlobal } = require('../base/realm.js');

/** On the realm's global object while something is handed over, and at no other time. */
const KEY = Symbol.for('leakline.census');
const AT_KEY = 'globalThis[Symbol.for("leakline.census")]';
/** Remote objects that are let go of together. */
const GROUP = 'leakline';

const { defineProperty, deleteProperty } = Reflect;

/**
 * A session that ends with `use`.
 * @template T
 * @param {object} realm whose objects are asked about, a global object
 * @param {(inspector: Inspector) => T} use
 * @returns {T}
 * @throws when there is no inspector, or it may not be used
 */
function inspecting(realm, use) {
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connect();
  try {
    return use(new Inspector(session, realm));
  } finally {
    session.disconnect();
  }
}

/** See `inspecting`. */
class Inspector {
  #session;
  #realm;
  #context;
  /** By number of a script: where it is from. Empty until it is asked for. */
  #scripts = null;

  constructor(session, realm) {
    this.#session = session;
    this.#realm = realm;
    this.#context = realm === mainGlobal ? {} : { contextId: this.#contextOf() };
  }

  /** One command of the protocol. */
  post(method, params) {
    let result;
    let failure = null;
    this.#session.post(method, params, (error, answer) => {
      failure = error;
      result = answer;
    });
    if (failure !== null) throw new Error(`${method}: ${failure.message}`);
    return result;
  }

  /**
   * All live objects that inherit from the realm's `Object.prototype`. Collects all garbage, a few
   * times. The list is the caller's to drop.
   * @returns {object[]}
   */
  objects() {
    try {
      const prototype = this.#evaluate('Object.getPrototypeOf({})');
      const { objects } = this.post('Runtime.queryObjects', { prototypeObjectId: prototype.objectId, objectGroup: GROUP });
      return this.take(objects.objectId);
    } finally {
      this.letGo();
    }
  }

  /** A remote object as itself. */
  take(objectId) {
    return this.#handingOver(null, (box) => {
      this.post('Runtime.callFunctionOn', { objectId, functionDeclaration: `function () { ${AT_KEY}.value = this; }` });
      return box.value;
    });
  }

  /** Several remote objects as themselves. */
  takeAll(objectIds) {
    if (objectIds.length === 0) return [];
    return this.#handingOver(null, (box) => {
      const [objectId] = objectIds;
      const functionDeclaration = `function (...all) { ${AT_KEY}.value = all; }`;
      this.post('Runtime.callFunctionOn', { objectId, functionDeclaration, arguments: objectIds.map((each) => ({ objectId: each })) });
      return box.value;
    });
  }

  /** The numbers that the inspector has for objects. */
  idsOf(objects) {
    const { result } = this.propertiesOf(this.idOf(objects));
    return result.slice(0, objects.length).map(({ value }) => value.objectId);
  }

  /** The number that the inspector has for an object. */
  idOf(object) {
    return this.#handingOver(object, () => this.#evaluate(`${AT_KEY}.value`).objectId);
  }

  /** Own properties of an object by its number, and what V8 has inside of it. */
  propertiesOf(objectId) {
    return this.post('Runtime.getProperties', { objectId, ownProperties: true });
  }

  /** Forgets the numbers given out so far. */
  letGo() {
    this.post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }

  /**
   * The scripts that are loaded, by number.
   * @returns {Map<string, { scriptId: string, url: string }>}
   */
  scripts() {
    if (this.#scripts !== null) return this.#scripts;
    this.#scripts = new Map();
    const add = ({ params }) => this.#scripts.set(params.scriptId, params);
    apply(on, this.#session, ['Debugger.scriptParsed', add]);
    try {
      this.post('Debugger.enable');
    } finally {
      apply(off, this.#session, ['Debugger.scriptParsed', add]);
    }
    return this.#scripts;
  }

  /** The text that V8 runs. */
  source(scriptId) {
    this.scripts();
    return this.post('Debugger.getScriptSource', { scriptId }).scriptSource;
  }

  #evaluate(expression) {
    const { result, exceptionDetails } = this.post('Runtime.evaluate', { expression, objectGroup: GROUP, silent: true, ...this.#context });
    if (exceptionDetails !== undefined) throw new Error(`the inspector cannot evaluate ${expression}`);
    return result;
  }

  /** The box is emptied: V8 may know it for longer than it lies there. */
  #handingOver(value, use) {
    const box = { value };
    if (!defineProperty(this.#realm, KEY, { value: box, configurable: true })) throw new Error('the global object is frozen');
    try {
      return use(box);
    } finally {
      deleteProperty(this.#realm, KEY);
      box.value = null;
    }
  }

  /** The number of a sandbox: the one context that has what lies on its global object. */
  #contextOf() {
    const ids = [];
    const add = ({ params }) => ids.push(params.context.id);
    apply(on, this.#session, ['Runtime.executionContextCreated', add]);
    try {
      this.post('Runtime.enable');
    } finally {
      apply(off, this.#session, ['Runtime.executionContextCreated', add]);
    }
    return this.#handingOver(true, () => {
      const isOurs = (contextId) => this.post('Runtime.evaluate', { contextId, expression: `${AT_KEY}?.value`, silent: true }).result.value === true;
      // The newest first: sandboxes come and go.
      const found = ids.sort((a, b) => b - a).find(isOurs);
      if (found === undefined) throw new Error('the inspector does not know the sandbox');
      return found;
    });
  }
}

module.exports = { inspecting };
