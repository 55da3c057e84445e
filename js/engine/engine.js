'use strict';

/**
 * The engine of one isolate: ring, hooks and the regular look at what they watch. However often
 * the JavaScript is loaded in an isolate there is one engine, which the addon keeps.
 */

const { isMainThread, threadId } = require('node:worker_threads');
const originals = require('../base/originals.js');
const { noteOnce, notesTo, reportPending } = require('../base/internal-errors.js');
const { createRing } = require('../recording/ring.js');
const { createSites } = require('../recording/stack.js');
const { createKeys } = require('../recording/stack-keys.js');
const { createBudget, stacksFor, STACK_NS, LOOK_NS } = require('../recording/sampling/budget.js');
const { createStackSampler, always, never } = require('../recording/sampling/stacks.js');
const { createOwners } = require('../recording/owners.js');
const { createWindows } = require('../recording/windows.js');
const { installHooks, hookedKinds } = require('../hooks/index.js');
const { collectGarbage, createGcOnRequest, noticeMajorCollections } = require('./gc.js');
const { isClosed } = require('./closed.js');
const { isIgnored } = require('../base/ignore.js');
const { knownLeaks } = require('./known.js');
const { error } = require('../base/errors.js');

/** How often the engine looks at a part of what it watches. */
const TICK_MS = 250;
const TICK_NS = TICK_MS * 1e6;
/** Share of one core for stacks of collections while tests are watched, and of insertions in full mode. */
const SPARING_BUDGET = 0.05;
/** In adaptive mode: the stacks of insertions may cost so much of the budget, on top of it. */
const FILLS_SHARE = 0.25;
/** Stacks of insertions before that counts. */
const FIRST_FILLS = 100;

function createEngine(native) {
  let running = null;
  /** How many need the recording to go on; a stop waits for them. */
  let holds = 0;
  let isStopWanted = false;
  /** The check under way; null when there is none. */
  let checking = null;
  let isWatching = false;
  const isSparing = () => isWatching && checking === null;
  /** By realm: an ephemeron, which a WeakRef to the value of does not break. */
  const adoptions = new WeakMap();

  /**
   * @param {import('../base/options.js').Settings} settings complete and valid
   * @param {object} realm whose Map and Set are recorded; others are adopted
   * @param {number} [records] that the ring has room for
   * @throws ERR_LEAKLINE_CONFIG for a list of known leaks that is none
   */
  function start(settings, realm, records) {
    const known = knownLeaks(native, settings.known);
    const ring = createRing(native, records);
    native.attach(ring.words, threadId, process.cwd());
    notesTo((note) => native.note(note));
    const current = { settings, known, mode: settings.mode, ring, onSignalListener: null, looks: [], someLooks: [], collectLooks: [], ends: [], realms: [], samplingNs: 0, stackNs: STACK_NS, cpuNs: native.threadCpu() };
    running = current;
    try {
      sendSettings(current);
      const unhooked = (settings.kinds ?? []).filter((kind) => kind !== 'array' && kind !== 'object' && !hookedKinds.includes(kind));
      if (unhooked.length > 0) noteOnce(`no hook records the kinds ${unhooked.join(', ')}: only track() does`);
      const keys = settings.stackKeys && settings.mode !== 'counts' ? createKeys(native, settings.stackDepth) : null;
      const sites = createSites({ native, depth: settings.stackDepth, ignored: isIgnored(settings.ignore), keys });
      const numbers = native.layout();
      const { MAX_WEIGHT_LOG2 } = numbers;
      const wanted = hookedKinds.filter((kind) => settings.kinds === null || settings.kinds.includes(kind));
      current.owners = createOwners(native, ring);
      current.budget = createBudget(settings.budget, TICK_MS, MAX_WEIGHT_LOG2, settings.mode !== 'counts');
      current.sites = sites;
      current.keys = keys;
      current.sparing = createStackSampler(stacksFor(SPARING_BUDGET * TICK_NS, STACK_NS), MAX_WEIGHT_LOG2);
      current.filling = createStackSampler(stacksFor(SPARING_BUDGET * TICK_NS, STACK_NS), MAX_WEIGHT_LOG2);
      current.fillingSparsely = createStackSampler(stacksFor(settings.budget * FILLS_SHARE * TICK_NS, STACK_NS), MAX_WEIGHT_LOG2, FIRST_FILLS);
      current.windows = createWindows(ring, numbers.MAX_WINDOW);
      current.context = {
        native,
        ring,
        owners: current.owners,
        windows: current.windows,
        kinds: Object.fromEntries(wanted.map((kind) => [kind, numbers[kind]])),
        mode: () => current.mode,
        mayPass: () => current.mode !== 'full' && !isWatching,
        samplers: {
          listener: sampled(current.budget.samplers.listener),
          timer: sampled(current.budget.samplers.timer, never),
          other: sampled(current.budget.samplers.other),
          // No test is judged by its collections: only a check needs them all.
          collection: {
            admit: (known) => {
              if (current.mode === 'full') return (isSparing() ? current.sparing : always).admit();
              return current.budget.samplers.collection.admit(known, known === 0);
            },
          },
        },
        ownerSampler: { admit: (event, count) => (current.mode === 'full' ? 0 : current.budget.owners.admit(event, count)) },
        // Who inserts most shows in a part of the insertions as well. They have a budget of their own: one Map
        // that is filled in a loop must not take the stacks of what is registered.
        fillSampler: { admit: () => (current.mode === 'adaptive' ? current.fillingSparsely : current.filling).admit() },
        areInsertersWanted: () => current.mode !== 'counts' && !isSparing(),
        isChecking: () => checking !== null,
        minSize: settings.minSize,
        originOf: sites.originOf,
        site: (kind, hook, nameOf, subject, detail, show, known) =>
          current.mode === 'counts' ? 0 : sites.find(kind, hook, nameOf, subject, detail, show, known),
        siteOf: (kind, hook, owner, detail, show) => (current.mode === 'counts' ? 0 : sites.findOf(kind, hook, owner, detail, show)),
        // A collection has no name that says how rare it is, but a stack: it may be a cache that is
        // made at its first use, while thousands of others come and go.
        known: (kind) => {
          if (!current.budget.mayLook() || current.mode !== 'adaptive' || !sites.areKnown) return undefined;
          current.samplingNs += LOOK_NS;
          return sites.peek(kind);
        },
        processListens: (type) => {
          if (current.onSignalListener !== null && typeof type === 'string' && type.startsWith('SIG')) current.onSignalListener();
        },
        onLook: (look) => current.looks.push(look),
        beforeGc: (look) => current.collectLooks.push(look),
        onTick: (look) => current.someLooks.push(look),
      };
      /** Whatever the mode is, it may be full for a while. */
      function sampled(sampler, inCounts = always) {
        const own = settings.mode === 'counts' ? inCounts : sampler;
        return { admit: (what, isGrowth) => (current.mode === 'full' ? always : own).admit(what, isGrowth) };
      }
      current.hooks = installHooks(current.context);
      if (settings.flight) current.ends.push(watchEnd());
      adopt(realm);
      current.noticeCollections = noticeMajorCollections(current.owners, ring.clock, (since) => native.collectedSince(since >>> 0));
      current.gcOnRequest = createGcOnRequest(() => collectAndLook(current));
      current.timer = originals.setInterval(() => tick(current), TICK_MS).unref();
    } catch (reason) {
      stop();
      throw reason;
    }
  }

  function stop() {
    if (running === null) return;
    const stopping = running;
    running = null;
    isStopWanted = false;
    originals.clearInterval(stopping.timer);
    for (const { adopted } of stopping.realms.splice(0)) adopted.deref()?.undo();
    stopping.hooks?.undo();
    for (const end of stopping.ends) end();
    notesTo(null);
    native.detach();
  }

  /** What ends the process is to stand in its flight file. */
  function watchEnd() {
    native.watchSignals();
    if (!native.watchOutOfMemory()) noteOnce('a heap that runs out of memory cannot be seen here: the flight file will not say so');
    return () => {
      native.unwatchSignals();
      native.unwatchOutOfMemory();
    };
  }

  /** What it holds of a realm must not keep it: sandboxes come and go. */
  function adopt(realm) {
    const { hooks } = running;
    const realms = running.realms = running.realms.filter(({ global }) => global.deref() !== undefined);
    if (realms.some(({ global }) => global.deref() === realm)) return;
    const adopted = hooks.adopt(realm);
    adoptions.set(realm, adopted);
    realms.push({ global: new WeakRef(realm), adopted: new WeakRef(adopted) });
  }

  function sendSettings({ settings, mode, known }) {
    const { minSize, report, asked, everyMs, program, gc, flight } = settings;
    native.settings(JSON.stringify({ mode, node: process.version, minSize, report, asked, everyMs, program, gc, known, main: isMainThread, flight }));
  }

  function tick(current) {
    try {
      const from = originals.now();
      reportPending();
      current.keys?.tick();
      current.noticeCollections();
      current.owners.sweepSome();
      for (const look of current.someLooks) look();
      const asked = current.ring.sweepAsked();
      if (asked !== 0) {
        collectAndLook(current);
        current.ring.sweepDone(asked);
      }
      // Tests and checks collect by themselves.
      if (current.ring.isGcRequested() && current.settings.gc && !isWatching && checking === null) current.gcOnRequest();
      const { samplingNs } = current;
      const stackNs = sendCost(current);
      const busyNs = takeBusy(current);
      current.budget.tick(stackNs, current.ring.takeCount(), samplingNs, busyNs);
      if (stackNs > 0) current.stackNs = stackNs;
      current.sparing.tick(stacksFor(SPARING_BUDGET * TICK_NS, current.stackNs));
      current.filling.tick(stacksFor(SPARING_BUDGET * TICK_NS, current.stackNs));
      current.fillingSparsely.tick(stacksFor(current.settings.budget * FILLS_SHARE * busyNs, current.stackNs));
      current.samplingNs += (originals.now() - from) * 1e6;
    } catch (reason) {
      noteOnce('a regular look failed', reason);
    }
  }

  /** CPU time that this thread has used since the last time, at most a tick; where it is not known, a whole one. */
  function takeBusy(current) {
    const cpuNs = native.threadCpu();
    const busyNs = cpuNs === 0 ? TICK_NS : Math.min(TICK_NS, cpuNs - current.cpuNs);
    current.cpuNs = cpuNs;
    return busyNs;
  }

  /** Sends what was spent since the last time. Returns nanoseconds a stack, 0 when there was none. */
  function sendCost(current) {
    const { found, captures, mismatches, ns } = current.sites.takeCosts();
    const bytes = current.sites.bytes + current.owners.bytes + current.ring.bytes;
    native.cost(captures, mismatches, ns + current.samplingNs, bytes);
    current.samplingNs = 0;
    return found === 0 ? 0 : ns / found;
  }

  function collectAndLook(current) {
    for (const look of current.collectLooks) look();
    const since = current.ring.clock();
    collectGarbage();
    sampleAll(current);
    native.collectedSince(since >>> 0);
  }

  /** Everything is recorded from now on; in full mode it was before. */
  function promote(current) {
    if (current.mode !== 'full') sampleAll(current);
  }

  function sampleAll(current) {
    reportPending();
    current.owners.sweepAll();
    for (const look of current.looks) look();
  }

  function needed(what) {
    if (running === null) throw error('ERR_LEAKLINE_NOT_STARTED', what);
    return running;
  }

  return {
    start,

    /** Stops recording, as soon as nobody holds it. */
    stop() {
      if (holds === 0) stop();
      else isStopWanted = true;
    },

    /**
     * What records goes on until the returned function is called, whatever the program wants meanwhile.
     */
    retain() {
      holds++;
      return () => {
        holds--;
        if (holds === 0 && isStopWanted) stop();
      };
    },

    /** What it was started with; null when it is not. */
    get settings() {
      return running === null ? null : running.settings;
    },

    /** A start where recording goes on anyway: a stop that is still to come is not wanted any more. */
    resume(realm) {
      isStopWanted = false;
      this.adopt(realm);
    },

    /** Records what a realm has of its own, until it is gone or recording stops. */
    adopt(realm) {
      needed('adopt');
      adopt(realm);
    },

    /**
     * The times of tests, from now on. `renew` hooks again what fake timers have put back in a realm;
     * `disownClosed` forgives the listeners of what is closed: nothing is emitted there any more.
     */
    watch(realm) {
      const { hooks, windows, owners } = needed('watch');
      hooks.watchOwners();
      promote(running); // what was only counted is no test's
      isWatching = true;
      return {
        windows,
        renew: () => adoptions.get(realm)?.renew(),
        disownClosed: () => owners.each((owner, disown) => isClosed(owner) && disown()),
      };
    },

    /** The end of a watch, and of a check in it that never ends: its function does not settle. */
    unwatch() {
      isWatching = false;
      checking?.end();
      running?.windows.forget();
    },

    /**
     * A check begins: everything is recorded, for no test, and goes on whatever the program wants. One at a
     * time: two would each see the other's registrations.
     */
    beginCheck() {
      if (checking !== null) throw error('ERR_LEAKLINE_CHECKING');
      const { windows } = needed('check');
      running.hooks.watchOwners();
      const undo = [this.recordFully('check'), windows.beginCalls(), this.retain()];
      const own = {
        /** Whether it goes on; not when its watch has ended. */
        isCurrent: () => checking === own,
        context: running.context,
        /** Each call begins with it. */
        nextCall: windows.nextCall,
        /** The kinds that are recorded; null for all. */
        kinds: running.settings.kinds,
        end() {
          if (checking !== own) return;
          checking = null;
          undo.forEach((each) => each());
        },
      };
      checking = own;
      return own;
    },

    /** Whether tests are watched: then a start finds a recording that is not its own. */
    get isWatching() {
      return isWatching;
    },

    /** Calls `changed` when the program has begun or ceased to listen to a signal, as far as listeners are recorded. */
    onSignalListener(changed) {
      needed('onSignalListener').onSignalListener = changed;
    },

    /** Calls `end` when recording stops. */
    onStop(end) {
      needed('onStop').ends.push(end);
    },

    /**
     * Brings what is recorded up to date, for whoever reads it next.
     * @param {string} what who asks
     * @param {{ gc?: boolean }} [how] whether to collect all garbage before
     */
    look(what, { gc = false } = {}) {
      const current = needed(what);
      if (gc) collectAndLook(current);
      else sampleAll(current);
      sendCost(current);
    },

    /** Records every registration with its stack until the returned function is called. */
    recordFully(what) {
      const current = needed(what);
      const { mode } = current;
      promote(current); // what was only counted has no stack
      current.mode = 'full';
      sendSettings(current);
      return () => {
        current.mode = mode;
        if (running === current) sendSettings(current);
      };
    },

    /**
     * A resource that no hook knows.
     * @param {{ kind: string, label?: string, maxHoldMs?: number }} what
     * @param {Function} hook the function whose caller tracks; frames from it inwards are left out
     */
    track(resource, { kind, label, maxHoldMs = 0 }, hook) {
      const { ring, owners, sites, settings } = needed('track');
      if (settings.kinds !== null && !settings.kinds.includes(kind)) return { release() {} };
      const number = native.kind(kind);
      if (number === null) throw error('ERR_LEAKLINE_OPTION', 'kind', 'one of at most 64 names of at most 64 bytes', kind);
      const site = running.mode === 'counts' ? 0 : sites.find(number, hook, String, label ?? kind, null, String);
      let handle = ring.register(number, site, 0, 0, maxHoldMs);
      const end = (how) => {
        if (handle === 0) return;
        const ended = handle;
        handle = 0;
        if (running?.ring === ring) ring[how](ended);
      };
      const index = owners.retain(resource, () => end('collect'));
      return {
        release() {
          if (handle !== 0 && running?.ring === ring) owners.release(index);
          end('release');
        },
      };
    },
  };
}

/**
 * The engine that records in this isolate, whichever load of the JavaScript made it; when none
 * does, a new one.
 * @param {object} native the addon
 * @param {object | null} own what this load was given before
 */
function engineOf(native, own) {
  const kept = native.engine();
  if (kept !== null && kept.settings !== null) return kept;
  const engine = own ?? createEngine(native);
  if (engine !== kept) native.setEngine(engine);
  return engine;
}

module.exports = { engineOf };
