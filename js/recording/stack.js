'use strict';

/**
 * Captures one creation stack and finds its site.
 *
 * The capture costs 3–5 µs, so a stack that has a key by now is not captured again. Stacks are interned in a trie by
 * script and position: one that is known allocates nothing that stays.
 */

const { join, sep } = require('node:path');
const { Map, Set, Error, now } = require('../base/originals.js');
const { noteOnce } = require('../base/internal-errors.js');
const { pathOf } = require('../base/urls.js');

const { captureStackTrace } = Error;
const { defineProperty, getOwnPropertyDescriptor } = Object;

/** Event names and delays that one site says the collector. A label shows fewer. */
const MAX_DETAILS = 8;
/** Scripts whose positions can be distinguished: code that is made at run time has names without end. */
const MAX_SCRIPTS = 20_000;
/** Positions kept, each with its callers'. */
const MAX_NODES = 200_000;

/** Stands for every position in leakline itself: who calls through it does not matter. */
const OURS = -1;
/** Stands for a position in a script that there was no room for. */
const UNKNOWN = -2;
const ourFolder = join(__dirname, '..') + sep;

const NO_KEYS = { hits: 0, mismatches: 0, spentNs: 0 };

let captured = null;
function keepCallSites(_, callSites) {
  captured = callSites;
  return '';
}

/**
 * @param {object} options
 * @param {object} options.native the addon
 * @param {number} options.depth frames kept
 * @param {(stack: object[]) => boolean} options.ignored whether the user does not want to hear of it
 * @param {ReturnType<typeof import('./stack-keys.js').createKeys>} options.keys null to capture each stack
 */
function createSites({ native, depth, ignored, keys }) {
  const maxSites = native.limits().MAX_SITES;
  const scripts = new Map();
  const root = new Map();
  /** The application's file that each site is of, by its number. */
  const origins = [''];
  /** What is known of each site, by its number. */
  const sites = [null];
  let count = 0;
  let nodes = 0;
  let captures = 0;
  let spentNs = 0;

  /** A number for a position, small while scripts are few and short: those hash fastest. */
  function keyOf(callSite) {
    // Code made at run time has no name, but a hash.
    const name = callSite.getScriptNameOrSourceURL() || callSite.getScriptHash();
    let script = scripts.get(name);
    if (script === undefined) {
      if (scripts.size >= MAX_SCRIPTS || count >= maxSites) return UNKNOWN;
      scripts.set(name, (script = isOurs(name) ? OURS : scripts.size));
    }
    if (script === OURS) return OURS;
    const position = callSite.getPosition();
    return position < 1 << 20 && script < 1 << 10 ? (script << 20) | position : (script + 1) * 2 ** 32 + position;
  }

  function find(kind, hook, nameOf, subject, detail, show, peeked) {
    try {
      const known = peeked ?? (keys === null ? 0 : keys.find(kind));
      if (known === 0) return capture(kind, hook, nameOf, subject, detail, show);
      if (keys.isToVerify()) {
        const site = capture(kind, hook, nameOf, subject, detail, show);
        keys.verified(site === known);
        return site;
      }
      const site = sites[known];
      if (site.last !== detail) addDetail(site, detail, show);
      return known;
    } catch (error) {
      // Then it is counted without its stack.
      noteOnce('a creation stack could not be read', error);
      return 0;
    }
  }

  function capture(kind, hook, nameOf, subject, detail, show) {
    captures++;
    const from = now();
    try {
      const site = findOrDefine(kind, hook, nameOf, subject, detail, show);
      if (site !== 0) keys?.learn(site);
      return site;
    } finally {
      spentNs += (now() - from) * 1e6;
    }
  }

  function findOrDefine(kind, hook, nameOf, subject, detail, show) {
    const callSites = callSitesAbove(hook, depth);
    if (callSites.length === 0) return 0;
    let node = root;
    for (let i = 0; i < callSites.length; i++) {
      const key = keyOf(callSites[i]);
      if (key === OURS) continue;
      if (key === UNKNOWN) return full();
      let next = node.get(key);
      if (next === undefined) {
        if (count >= maxSites || nodes >= MAX_NODES) return full();
        node.set(key, (next = new Map()));
        nodes++;
      }
      node = next;
    }
    // Positions are not negative: the sites of a stack lie beside its callers.
    let site = node.get(-3 - kind);
    if (site === undefined) {
      if (count >= maxSites) return full();
      site = define(kind, callSites, nameOf(subject), detail === null ? null : show(detail));
      site.last = detail;
      sites.push(site);
      node.set(-3 - kind, site);
    } else if (site.last !== detail) {
      addDetail(site, detail, show);
    }
    return site.number;
  }

  function define(kind, callSites, subject, detail) {
    const stack = callSites.map(frameOf).filter((frame) => !isOurs(frame.file));
    const named = typeof subject === 'string' ? { subject } : subject;
    native.site(JSON.stringify({ kind, ...named, detail, ignored: ignored(stack), stack }));
    origins.push(stack.find(({ file }) => !/^(node:|<)|[\\/]node_modules[\\/]/.test(file))?.file ?? '');
    return { number: ++count, last: null, details: detail === null ? null : new Set().add(detail) };
  }

  function addDetail(site, detail, show) {
    site.last = detail;
    if (site.details === null || site.details.size >= MAX_DETAILS) return;
    const text = show(detail);
    if (site.details.has(text)) return;
    site.details.add(text);
    native.detail(site.number, text);
  }

  function full() {
    noteOnce(`more creation stacks in one thread than are kept (${maxSites}): further ones are counted by kind only`);
    return 0;
  }

  return {
    /** The file of the application that a site is of; '' when there is none. */
    originOf: (site) => origins[site],

    /**
     * The site of a registration that is being made now.
     * @param {number} kind
     * @param {Function} hook the patched function; it and what it calls are left out
     * @param {(subject: any) => string | { subject: string, endsWithOwner: boolean }} nameOf names the resource, and says whether it may end with its
     * owner where others of its kind end by a call alone; called for a new site only
     * @param {any} subject what it is called with
     * @param {string | number | symbol | null} detail event name or delay
     * @param {(detail: any) => string} show turns a detail into text
     * @param {number} [peeked] what `peek` has just said
     * @returns {number} 0 when there is no stack, or no room for another site
     */
    find,

    /** Whether it can be reported cheaply where something is made, and by what. */
    get areKnown() {
      return keys !== null && keys.isOn;
    },

    /** The site of this stack when it is known; 0 for one that was not seen for long. Only while `areKnown`. */
    peek: (kind) => keys.peek(kind),

    /** What was found since the last call, and what it cost, without `peek`. */
    takeCosts() {
      const { hits, mismatches, spentNs: keyNs } = keys === null ? NO_KEYS : keys.take();
      const taken = { found: captures + hits, captures, mismatches, ns: spentNs + keyNs };
      captures = 0;
      spentNs = 0;
      return taken;
    },
  };
}

/** The call sites above `hook`, innermost first. V8's settings are the user's: they are put back. */
function callSitesAbove(hook, depth) {
  const prepare = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const limit = getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const holder = {};
  captured = null;
  try {
    setTo('prepareStackTrace', prepare, keepCallSites);
    setTo('stackTraceLimit', limit, depth);
    captureStackTrace(holder, hook);
    // Reading it is what calls prepareStackTrace.
    void holder.stack;
    return captured ?? [];
  } catch (error) {
    noteOnce('stacks cannot be captured', error);
    return [];
  } finally {
    captured = null;
    putBack('prepareStackTrace', prepare);
    putBack('stackTraceLimit', limit);
  }
}

/** Gives one of V8's settings a value, past any setter of the program's. */
function setTo(name, before, value) {
  if (before === undefined || before.writable) Error[name] = value;
  else defineProperty(Error, name, { value, writable: true, enumerable: before.enumerable, configurable: true });
}

function putBack(name, before) {
  try {
    if (before === undefined) delete Error[name];
    else if (before.writable) Error[name] = before.value;
    else defineProperty(Error, name, before);
  } catch {
    // Frozen: then it was not changed either.
  }
}

function isOurs(name) {
  return typeof name === 'string' && name.startsWith(ourFolder);
}

function frameOf(callSite) {
  const name = callSite.getScriptNameOrSourceURL();
  const functionName = callSite.getFunctionName();
  return {
    function: callSite.isConstructor() ? `new ${functionName ?? '<anonymous>'}` : fieldsOf(callSite, functionName) ?? functionName,
    file: typeof name === 'string' && name !== '' ? pathOf(name) : '<anonymous>',
    line: callSite.getLineNumber() ?? 0,
    column: callSite.getColumnNumber() ?? 0,
  };
}

/** V8 has a function for the fields of a class: a reader takes them for a part of its constructor. */
function fieldsOf(callSite, functionName) {
  return functionName === '<instance_members_initializer>' ? `new ${callSite.getTypeName() ?? '<anonymous>'}` : null;
}

module.exports = { createSites };
