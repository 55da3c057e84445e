'use strict';

/**
 * Captures one creation stack and finds its site.
 *
 * The capture costs 3–5 µs, so a stack that has a key by now is not captured again. Stacks are interned in a trie by
 * script and position: one that is known allocates nothing that stays.
 */

const { join, sep } = require('node:path');
const { Map, Set, Error, now } = require('../base/originals.js');
const { findFirst, matches, startsWith, stringify } = require('../base/primordials.js');
const { noteOnce } = require('../base/internal-errors.js');
const { ownList } = require('../base/own-lists.js');
const { MAX_FUNCTION, MAX_SCRIPT, cut, idOf } = require('../base/cut.js');
const { pathOf } = require('../base/urls.js');

const { captureStackTrace } = Error;
const { defineProperty, getOwnPropertyDescriptor } = Object;

/** Event names and delays that are sent for one site. A label shows fewer. */
const MAX_DETAILS = 8;
/**
 * Frames that are looked through for the application's where the kept ones have none: a package may lead to a registration
 * through more of its own functions than are kept.
 */
const DEEPEST = 48;
/** Frames kept from the application's on where it was looked for. */
const CALLERS = 4;
/** Classes of owners that are distinguished at one stack; those of further ones are one site. */
const MAX_CLASSES = 8;
const OTHERS = 'others';
/** Scripts whose positions can be distinguished: code that is made at run time has names without end. */
const MAX_SCRIPTS = 20_000;
/** Positions kept, each with its callers'. */
const MAX_NODES = 200_000;
/** Characters of names, of functions, files and events, that all sites together may have. */
const MAX_TEXT = 2 ** 25;
/** Bytes of a position in the trie, a site and a script, without their text. */
const NODE_BYTES = 200;
const SITE_BYTES = 350;
const SCRIPT_BYTES = 40;

/** Stands for every position in leakline itself: who calls through it does not matter. */
const OURS = -1;
/** Stands for a position in a script that there was no room for. */
const UNKNOWN = -2;
const ourFolder = join(__dirname, '..') + sep;

const NOT_OF_APPLICATION = /^(node:|<)|[\\/]node_modules[\\/]/;
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
 * @param {(stack: object[]) => void} options.onStack called with each stack that is new
 */
function createSites({ native, depth, ignored, keys, onStack }) {
  const maxSites = native.limits().MAX_SITES;
  const scripts = new Map();
  /** By its name, whether a script is the application's. */
  const applications = new Map();
  const root = new Map();
  /** The application's file that each site is of, by its number. */
  const origins = ownList(['']);
  /** What is known of each site, by its number. */
  const sites = ownList([null]);
  let count = 0;
  let nodes = 0;
  /** Characters kept here and by the collector; kept here. */
  let text = 0;
  let ownText = 0;
  let captures = 0;
  let spentNs = 0;

  /** A number for a position, small while scripts are few and short: those hash fastest. */
  function keyOf(callSite) {
    // Code made at run time has no name, but a hash; a long name is not to be kept.
    let name = callSite.getScriptNameOrSourceURL();
    if (!name || name.length > MAX_SCRIPT) name = callSite.getScriptHash();
    let script = scripts.get(name);
    if (script === undefined) {
      if (scripts.size >= MAX_SCRIPTS || count >= maxSites) return UNKNOWN;
      ownText += name.length;
      scripts.set(name, (script = isOurs(name) ? OURS : scripts.size));
    }
    if (script === OURS) return OURS;
    const position = callSite.getPosition();
    return position < 1 << 20 && script < 1 << 10 ? (script << 20) | position : (script + 1) * 2 ** 32 + position;
  }

  function isApplications(callSite) {
    const name = callSite.getScriptNameOrSourceURL();
    if (typeof name !== 'string' || name === '') return false;
    let known = applications.get(name);
    if (known === undefined) {
      known = !isOurs(name) && !matches(NOT_OF_APPLICATION, name);
      if (applications.size < MAX_SCRIPTS && name.length <= MAX_SCRIPT) applications.set(name, known);
    }
    return known;
  }

  /** The kept frames of the current stack; those of its package, and the application's that lead to them, where that is deeper. */
  function stackAbove(hook) {
    const callSites = callSitesAbove(hook, depth);
    if (callSites.length < depth || depth >= DEEPEST || indexOf(callSites, isApplications) >= 0) return callSites;
    const deeper = callSitesAbove(hook, DEEPEST);
    const at = indexOf(deeper, isApplications);
    if (at < 0) return callSites;
    const upTo = at + CALLERS < deeper.length ? at + CALLERS : deeper.length;
    for (let i = callSites.length; i < upTo; i++) callSites[i] = deeper[i];
    return callSites;
  }

  function find(kind, hook, nameOf, subject, detail, show, peeked) {
    try {
      const known = peeked ?? (keys === null ? 0 : keys.find(kind));
      const site = known === 0 || keys.isToVerify() ? firstOf(kind, hook, nameOf, subject, detail, show, known) : sites[known];
      if (site === null) return 0;
      if (site.last !== detail && site.last !== idOf(detail)) addDetail(site, detail, show);
      return site.number;
    } catch (error) {
      // Then it is counted without its stack.
      noteOnce('a creation stack could not be read', error);
      return 0;
    }
  }

  /** As `find`, for what is registered on an owner: owners of different classes have sites of their own. */
  function findOf(kind, hook, owner, detail, show, peeked) {
    try {
      const known = peeked ?? (keys === null ? 0 : keys.find(kind));
      let site = known === 0 || keys.isToVerify() ? firstOf(kind, hook, classOf, owner, detail, show, known) : sites[known];
      if (site === null) return 0;
      if (site.subject !== owner.className) site = variantOf(site, kind, owner.className, detail, show);
      if (site.last !== detail && site.last !== idOf(detail)) addDetail(site, detail, show);
      return site.number;
    } catch (error) {
      noteOnce('a creation stack could not be read', error);
      return 0;
    }
  }

  /** The first site of this stack, whatever the class of its owner is: captured where it has no key, or to verify that. */
  function firstOf(kind, hook, nameOf, subject, detail, show, known) {
    const site = capture(kind, hook, nameOf, subject, detail, show);
    if (known !== 0) keys.verified(site !== null && site.number === known);
    return site;
  }

  function capture(kind, hook, nameOf, subject, detail, show) {
    captures++;
    const from = now();
    try {
      const site = findOrDefine(kind, hook, nameOf, subject, detail, show);
      if (site !== null) keys?.learn(site.number);
      return site;
    } finally {
      spentNs += (now() - from) * 1e6;
    }
  }

  /** The site of the same stack for owners of another class. */
  function variantOf(site, kind, name, detail, show) {
    const variants = (site.variants ??= new Map());
    if (variants.size >= MAX_CLASSES - 1 && !variants.has(name)) name = OTHERS;
    let variant = variants.get(name);
    if (variant === undefined) {
      if (count >= maxSites || text > MAX_TEXT) {
        full();
        return site;
      }
      native.site(stringify({ kind, subject: name, detail: show(detail), like: site.number }));
      origins[origins.length] = origins[site.number];
      variant = { number: ++count, subject: name, last: idOf(detail), details: new Set().add(show(detail)), variants: null };
      sites[sites.length] = variant;
      variants.set(name, variant);
    }
    return variant;
  }

  function findOrDefine(kind, hook, nameOf, subject, detail, show) {
    const callSites = stackAbove(hook);
    if (callSites.length === 0) return null;
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
      if (count >= maxSites || text > MAX_TEXT) return full();
      site = define(kind, nameOf(subject), framesOf(callSites), detail === null ? null : show(detail));
      site.last = idOf(detail);
      sites[sites.length] = site;
      node.set(-3 - kind, site);
    }
    return site;
  }

  function define(kind, named, stack, detail) {
    const { subject, ...more } = typeof named === 'string' ? { subject: named } : named;
    for (let i = 0; i < stack.length; i++) text += stack[i].file.length + (stack[i].function?.length ?? 0);
    native.site(stringify({ kind, subject: cut(subject), ...more, detail, ignored: ignored(stack), stack }));
    onStack(stack);
    origins[origins.length] = findFirst(stack, ({ file }) => !matches(NOT_OF_APPLICATION, file))?.file ?? '';
    return { number: ++count, subject, last: null, details: detail === null ? null : new Set().add(detail), variants: null };
  }

  function addDetail(site, detail, show) {
    site.last = idOf(detail);
    if (site.details === null || site.details.size >= MAX_DETAILS) return;
    const text = show(detail);
    if (site.details.has(text)) return;
    site.details.add(text);
    ownText += text.length;
    native.detail(site.number, text);
  }

  function full() {
    noteOnce(`more creation stacks in one thread than are kept (${maxSites}): further ones are counted by kind only`);
    return null;
  }

  return {
    /**
     * A site of a line that no stack was captured of.
     * @param {number} kind
     * @param {string} subject what it is called
     * @param {object[]} stack frames as reports have them
     * @returns {number} 0 when there is no room for another site
     */
    place(kind, subject, stack) {
      if (count >= maxSites || text > MAX_TEXT) return full() ?? 0;
      sites[sites.length] = define(kind, subject, stack, null);
      return count;
    },

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

    /**
     * The site of a registration on an owner.
     * @param {number} kind
     * @param {Function} hook as for `find`
     * @param {{ className: string }} owner what is known of the owner
     * @param {string | number | symbol} detail event name
     * @param {(detail: any) => string} show turns a detail into text
     * @param {number} [peeked] what `peek` has just said
     */
    findOf,

    /** Whether the creating line can be known cheaply, and by what. */
    areKnown: () => keys !== null && keys.isOn(),

    /** The site of this stack when it is known; 0 for one that was not seen for long. Only while `areKnown`. */
    peek: (kind) => keys.peek(kind),

    /** Bytes kept here, as measured of V8's Maps and objects. */
    bytes: () => ownText + nodes * NODE_BYTES + count * SITE_BYTES + scripts.size * SCRIPT_BYTES,

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
  const holder = {};
  captured = null;
  const isCaptured = withDepth(depth, () => {
    captureStackTrace(holder, hook);
    // Reading it is what calls prepareStackTrace.
    void holder.stack;
  });
  const callSites = isCaptured ? captured : null;
  captured = null;
  return callSites ?? [];
}

/** The call sites of an error that was made earlier, innermost first; none where it has no stack. */
function callSitesOf(error) {
  const prepare = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  captured = null;
  try {
    setTo('prepareStackTrace', prepare, keepCallSites);
    void error.stack;
    return captured ?? [];
  } finally {
    captured = null;
    putBack('prepareStackTrace', prepare);
  }
}

/**
 * The frames of an error's stack, innermost first, without leakline's; null where there are none, or leakline itself has made what
 * it stands for.
 * @param {Error} error
 */
function framesOfError(error) {
  const callSites = callSitesOf(error);
  const first = findFirst(callSites, (callSite) => !startsWith(`${callSite.getScriptNameOrSourceURL()}`, 'node:'));
  const frames = framesOf(callSites);
  return frames.length === 0 || (first !== undefined && isOurs(frameOf(first).file)) ? null : frames;
}

/** Calls `make` while errors get so many frames, whatever the program has set. Returns whether that was possible. */
function withDepth(depth, make) {
  const prepare = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const limit = getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  try {
    setTo('prepareStackTrace', prepare, keepCallSites);
    setTo('stackTraceLimit', limit, depth);
    make();
    return true;
  } catch (error) {
    noteOnce('stacks cannot be captured', error);
    return false;
  } finally {
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

const classOf = (owner) => owner.className;

/** The index of the first that is so; -1 where none is. */
function indexOf(callSites, is) {
  for (let i = 0; i < callSites.length; i++) if (is(callSites[i])) return i;
  return -1;
}

function isOurs(name) {
  return typeof name === 'string' && startsWith(name, ourFolder);
}

/** The frames of the program, innermost first. */
function framesOf(callSites) {
  const frames = [];
  for (let i = 0; i < callSites.length; i++) {
    const frame = frameOf(callSites[i]);
    if (!isOurs(frame.file)) frames[frames.length] = frame;
  }
  return frames;
}

function frameOf(callSite) {
  const name = callSite.getScriptNameOrSourceURL();
  const functionName = shortened(callSite.getFunctionName());
  return {
    function: callSite.isConstructor() ? `new ${functionName ?? '<anonymous>'}` : fieldsOf(callSite, functionName) ?? functionName,
    file: typeof name === 'string' && name !== '' ? cut(pathOf(name), MAX_SCRIPT) : '<anonymous>',
    line: callSite.getLineNumber() ?? 0,
    column: callSite.getColumnNumber() ?? 0,
  };
}

/** V8 has a function for the fields of a class: a reader takes them for a part of its constructor. */
function fieldsOf(callSite, functionName) {
  return functionName === '<instance_members_initializer>' ? `new ${shortened(callSite.getTypeName()) ?? '<anonymous>'}` : null;
}

function shortened(name) {
  return name === null ? null : cut(name, MAX_FUNCTION);
}

module.exports = { DEEPEST, createSites, callSitesOf, framesOfError, withDepth };
