'use strict';

/** One recording of an isolate: from a start to its end. Ring, hooks, and what is to be done four times a second. */

const { isMainThread, threadId } = require('node:worker_threads');
const originals = require('../base/originals.js');
const { deref, drain, forEach, min, some } = require('../base/primordials.js');
const { isIgnored } = require('../base/ignore.js');
const { COUNTED, SAMPLED } = require('../base/kinds.js');
const { noteOnce, notesTo, reportPending } = require('../base/internal-errors.js');
const { createRing } = require('../recording/ring.js');
const { createPositions } = require('../recording/positions.js');
const { DEEPEST, createSites } = require('../recording/stack.js');
const { createKeys } = require('../recording/stack-keys.js');
const { LOOK_NS } = require('../recording/sampling/budget.js');
const { createOwners } = require('../recording/owners.js');
const { createWindows } = require('../recording/windows.js');
const { installHooks, hookedKinds } = require('../hooks/index.js');
const { createAnnouncer } = require('./announce.js');
const { collectGarbage, createCollectionsInSteps, createGcOnRequest, memoryNow, noticeMajorCollections } = require('./gc.js');
const { createAllocations } = require('./allocations.js');
const { createBuffers } = require('./buffers.js');
const { createReach } = require('../census/reach/index.js');
const { createRequests } = require('./requests.js');
const { createSampling, TICK_MS, TICK_NS } = require('./sampling.js');

/** Bytes that the code of leakline in an isolate takes, in V8's heap and beside it, as measured: less than a tenth off on each Node. */
const OWN_BYTES = 2.4 * 2 ** 20;

class Session {
  /** Whether it has ended. */
  isOver = false;
  /** Whether tests are watched. */
  isWatching = false;
  /** The check under way; null when there is none. @type {object | null} */
  checking = null;
  /** Called before anybody reads what is recorded. @type {(() => void)[]} */
  #looks = [];
  /** Called every tick. @type {(() => void)[]} */
  #ticks = [];
  /** What hooks keep, in bytes. @type {(() => number)[]} */
  #held = [];
  /** Called before leakline collects garbage. @type {(() => void)[]} */
  #beforeGc = [];
  /** Called where somebody wants the objects behind handles. @type {((see: import('../hooks/context.js').See) => void)[]} */
  #shows = [];
  /** Called when the program has begun or ceased to listen to a signal. @type {(() => void) | null} */
  #onSignalListener = null;
  /** Called at the end. @type {(() => void)[]} */
  #ends = [];
  /** The realms whose own globals are hooked. @type {{ global: WeakRef<object>, adopted: WeakRef<object> }[]} */
  #realms = [];
  /** By realm: an ephemeron, which a WeakRef to the value does not break. */
  #adoptions = new WeakMap();
  /** Nanoseconds spent since the last report of costs, beside stacks. */
  #samplingNs = 0;
  /** The same of looks at what the program reaches: in short parts, and rarely, so that no stack is left out for them. */
  #reachNs = 0;
  #native;
  #cpuNs;
  #allow;
  #hooks = null;
  #timer = undefined;
  #noticeCollections = () => {};
  /** Major collections that were looked at; null where V8 does not report them. @type {number | null} */
  #majors = null;
  /** Samples of allocations, a member a kind of memory. @type {{ tick(mayCollect: boolean): void, end(): void }[]} */
  #allocations = [];
  #gcOnRequest = () => {};
  /** @type {{ ask(): void, look(): void } | null} */
  #inSteps = null;
  /** Arrays and objects used as Maps. @type {{ tick(): void, undo(): void } | null} */
  #reach = null;
  #announce = () => {};
  #answerRequests = () => {};

  /**
   * @param {object} native the addon
   * @param {import('../base/options.js').Settings} settings complete and valid
   * @param {object[]} allow leaks that are accepted, as the collector takes them
   * @param {number} [records] that the ring has room for
   */
  constructor(native, settings, allow, records) {
    this.#native = native;
    this.#allow = allow;
    this.settings = settings;
    /** The present one: full while a check or a watch records fully. */
    this.mode = settings.mode;
    this.ring = createRing(native, records);
    native.attach(this.ring.words, threadId, process.cwd());
    notesTo((note) => native.note(note));
    this.sendSettings();
    this.#cpuNs = native.threadCpu();
    const { MAX_WEIGHT_LOG2, MAX_WINDOW } = native.layout();
    this.keys = settings.stackKeys && settings.mode !== 'counts' ? createKeys(native, Math.max(settings.stackDepth, DEEPEST)) : null;
    this.positions = createPositions(native);
    this.#ticks.push(this.positions.tick);
    this.sites = createSites({ native, depth: settings.stackDepth, ignored: isIgnored(settings.ignore), keys: this.keys, onStack: this.positions.add });
    this.owners = createOwners(native, this.ring);
    this.windows = createWindows(this.ring, MAX_WINDOW);
    this.sampling = createSampling(this, settings, MAX_WEIGHT_LOG2);
    this.context = this.#createContext();
  }

  /** Whether collections get few stacks: tests are watched, and no check runs. */
  get isSparing() {
    return this.isWatching && this.checking === null;
  }

  /**
   * Begins to record.
   * @param {object} realm whose Map and Set are recorded; others are adopted
   */
  begin(realm) {
    const { ring, owners, settings } = this;
    const native = this.#native;
    const unhooked = (settings.kinds ?? []).filter((kind) => !COUNTED.includes(kind) && !hookedKinds.includes(kind));
    if (unhooked.length > 0) noteOnce(`no hook records the kinds ${unhooked.join(', ')}: only track() does`);
    this.#hooks = installHooks(this.context);
    if (settings.flight) this.#watchEnd();
    else if (!isMainThread) this.#watchOutOfMemory();
    this.adopt(realm);
    const limit = require('node:v8').getHeapStatistics().heap_size_limit;
    const areReported = native.beginCollections(limit);
    this.#majors = areReported ? 0 : null;
    const collected = areReported ? () => {} : () => this.#sendMemory();
    this.#noticeCollections = noticeMajorCollections(native, owners, ring.clock, collected);
    const isWanted = settings.heap !== false && settings.mode !== 'counts';
    const wanted = SAMPLED.filter((kind) => isWanted && (settings.kinds?.includes(kind) ?? true));
    if (areReported) this.#sampleAllocations(wanted);
    else if (wanted.length > 0) noteOnce('allocations are not sampled: V8 does not report its garbage collections here');
    this.#reach = this.#createReach();
    this.#inSteps = createCollectionsInSteps(native, ring.clock);
    this.#gcOnRequest = createGcOnRequest(() => this.collectAndSample(), () => this.#inSteps.ask(), () => native.threadCpu() / 1e6);
    // One thread sees the sites of all.
    if (isMainThread) this.#announce = createAnnouncer(() => this.#snapshot());
    if (isMainThread) this.#answerRequests = createRequests(native, this);
    this.#timer = originals.setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Puts everything back. */
  end() {
    this.isOver = true;
    originals.clearInterval(this.#timer);
    forEach(drain(this.#realms), ({ adopted }) => deref(adopted)?.undo());
    this.#hooks?.undo();
    forEach(this.#allocations, (samples) => samples.end());
    this.#reach?.undo();
    forEach(this.#ends, (end) => end());
    detach(this.#native);
  }

  onEnd(end) {
    this.#ends.push(end);
  }

  onSignalListener(changed) {
    this.#onSignalListener = changed;
  }

  /** Records what a realm has of its own, until it is gone or recording stops. It is held weakly: sandboxes come and go. */
  adopt(realm) {
    const realms = drain(this.#realms);
    forEach(realms, (each) => {
      if (deref(each.global) !== undefined) this.#realms[this.#realms.length] = each;
    });
    if (some(this.#realms, ({ global }) => deref(global) === realm)) return;
    const adopted = this.#hooks.adopt(realm);
    this.#adoptions.set(realm, adopted);
    this.#realms.push({ global: new WeakRef(realm), adopted: new WeakRef(adopted) });
  }

  /** Hooks again what fake timers have put back in a realm. */
  renew(realm) {
    this.#adoptions.get(realm)?.renew();
  }

  /** Begins to note owners that are created in the open window. */
  watchOwners() {
    this.#hooks.watchOwners();
  }

  /** Records every registration with its stack until the returned function is called. */
  recordFully() {
    const { mode } = this;
    this.promote();
    this.mode = 'full';
    this.sendSettings();
    return () => {
      this.mode = mode;
      if (!this.isOver) this.sendSettings();
    };
  }

  /** Records what was only counted so far; in full mode nothing was. */
  promote() {
    if (this.mode !== 'full') this.sampleAll();
  }

  /** Brings everything that is recorded up to date. */
  sampleAll() {
    reportPending();
    this.owners.sweepAll();
    forEach(this.#looks, (look) => look());
  }

  /**
   * Shows the objects behind handles, as far as anybody knows them.
   * @param {import('../hooks/context.js').See} see
   */
  showAll(see) {
    for (const show of this.#shows) {
      try {
        show(see);
      } catch (reason) {
        noteOnce('what was recorded could not be looked up', reason);
      }
    }
  }

  /**
   * Collects all garbage, and brings everything that is recorded up to date.
   * @param {() => void} [collected] called right after the collection, before anything is made again
   */
  collectAndSample(collected) {
    for (const before of this.#beforeGc) before();
    const since = this.ring.clock();
    collectGarbage();
    collected?.();
    if (this.#majors !== null) this.#majors = this.#native.lookAtCollections();
    this.#sendMemory();
    this.sampleAll();
    this.#native.collectedSince(since >>> 0);
  }

  /** Collects all garbage where another thread wants to look. */
  sweepIfAsked() {
    const asked = this.ring.sweepAsked();
    if (asked === 0) return;
    this.collectAndSample();
    this.ring.sweepDone(asked);
  }

  #snapshot() {
    this.sampleAll();
    this.positions.flush();
    return JSON.parse(this.#native.snapshot());
  }

  #sendMemory() {
    this.#native.memory(JSON.stringify(memoryNow(this.#native)));
  }

  /** @param {string[]} wanted kinds of memory */
  #sampleAllocations(wanted) {
    const { heap, stackDepth, ignore } = this.settings;
    const options = { interval: heap?.interval ?? 0, frames: stackDepth, isIgnored: isIgnored(ignore), onStack: this.positions.add, reach: () => this.#reach };
    const create = { heap: createAllocations, buffer: createBuffers };
    this.#allocations = wanted.map((kind) => create[kind](this.#native, options)).filter((samples) => samples !== null);
  }

  #createReach() {
    const { kinds, mode } = this.settings;
    const wanted = ['array', 'object'].filter((kind) => kinds?.includes(kind) ?? true);
    if (mode === 'counts' || wanted.length === 0) return null;
    return createReach({ native: this.#native, context: this.context, place: this.sites.place, showAll: (see) => this.showAll(see), wanted });
  }

  /** Looks after what V8 has collected since the last time. */
  #lookAtCollections() {
    if (this.#majors !== null) {
      const majors = this.#native.lookAtCollections();
      if (majors !== this.#majors) this.#sendMemory();
      this.#majors = majors;
    }
    const mayCollect = this.settings.allowGc && !this.isWatching && this.checking === null;
    forEach(this.#allocations, (samples) => samples.tick(mayCollect));
  }

  /** What ends the process is to stand in its flight file. */
  #watchEnd() {
    const native = this.#native;
    native.watchSignals();
    this.onEnd(() => native.unwatchSignals());
    this.#watchOutOfMemory();
  }

  #watchOutOfMemory() {
    const native = this.#native;
    if (!native.watchOutOfMemory(threadId)) noteOnce('a heap that runs out of memory cannot be seen here: the flight file will not say so');
    this.onEnd(() => native.unwatchOutOfMemory());
  }

  sendSettings() {
    const { minSize, report, asked, everyMs, program, allowGc, flight } = this.settings;
    const sent = { minSize, report, asked, everyMs, program, allowGc, flight, allow: this.#allow };
    this.#native.settings(JSON.stringify({ ...sent, mode: this.mode, node: process.version, main: isMainThread }));
  }

  /** Sends what was spent since the last time. Returns nanoseconds a stack, 0 when there was none. */
  sendCost() {
    const { found, captures, mismatches, ns } = this.sites.takeCosts();
    const lastSlot = this.ring.trim();
    if (lastSlot >= 0) this.owners.trim(lastSlot);
    let bytes = OWN_BYTES + this.sites.bytes() + this.owners.bytes() + this.ring.bytes() + (this.#reach?.bytes() ?? 0);
    forEach(this.#held, (held) => {
      bytes += held();
    });
    this.#native.cost(captures, mismatches, ns + this.#samplingNs + this.#reachNs, bytes);
    this.#samplingNs = this.#reachNs = 0;
    return found === 0 ? 0 : ns / found;
  }

  #tick() {
    try {
      const from = originals.now();
      reportPending();
      this.keys?.tick();
      this.#noticeCollections();
      this.#inSteps.look();
      this.#lookAtCollections();
      this.owners.sweepSome();
      forEach(this.#ticks, (tick) => tick());
      this.sweepIfAsked();
      this.#answerRequests();
      // Tests and checks collect by themselves.
      if (this.ring.isGcRequested() && this.settings.allowGc && !this.isWatching && this.checking === null) this.#gcOnRequest();
      if (!this.isWatching && this.checking === null) this.#announce();
      const samplingNs = this.#samplingNs;
      const stackNs = this.sendCost();
      this.sampling.tick(stackNs, this.ring.takeCount(), samplingNs, this.#takeBusy());
      const until = originals.now();
      this.#samplingNs += (until - from) * 1e6;
      if (this.#reach === null || this.isWatching || this.checking !== null) return;
      this.#reach.tick();
      this.#reachNs += (originals.now() - until) * 1e6;
    } catch (reason) {
      noteOnce('a regular look failed', reason);
    }
  }

  /** CPU time that this thread has used since the last time, at most a tick; where the system cannot say, a whole one. */
  #takeBusy() {
    const cpuNs = this.#native.threadCpu();
    const busyNs = cpuNs === 0 ? TICK_NS : min(TICK_NS, cpuNs - this.#cpuNs);
    this.#cpuNs = cpuNs;
    return busyNs;
  }

  /** @returns {import('../hooks/context.js').Context} */
  #createContext() {
    const { settings, sites, sampling } = this;
    const numbers = this.#native.layout();
    const peeked = (kind) => {
      if (!sites.areKnown()) return undefined;
      this.#samplingNs += LOOK_NS;
      return sites.peek(kind);
    };
    const wanted = hookedKinds.filter((kind) => settings.kinds === null || settings.kinds.includes(kind));
    return {
      native: this.#native,
      ring: this.ring,
      owners: this.owners,
      windows: this.windows,
      kinds: Object.fromEntries(wanted.map((kind) => [kind, numbers[kind]])),
      mode: () => this.mode,
      mayPass: () => this.mode !== 'full' && !this.isWatching,
      samplers: sampling.samplers,
      ownerSampler: sampling.ownerSampler,
      insertionSampler: sampling.insertionSampler,
      areInsertersWanted: () => this.mode !== 'counts' && !this.isSparing,
      isChecking: () => this.checking !== null,
      minSize: settings.minSize,
      arePoolsWanted: settings.pools,
      originOf: sites.originOf,
      site: (kind, hook, nameOf, subject, detail, show, known) =>
        this.mode === 'counts' ? 0 : sites.find(kind, hook, nameOf, subject, detail, show, known),
      siteOf: (kind, hook, owner, detail, show, known) =>
        this.mode === 'counts' ? 0 : sites.findOf(kind, hook, owner, detail, show, known),
      peek: (kind) => (this.mode === 'adaptive' ? peeked(kind) : undefined),
      // A collection has no name that says that its like is rare, but a stack: it may be a cache that is made at its
      // first use, while thousands of others come and go.
      known: (kind) => (sampling.mayPeek() ? peeked(kind) : undefined),
      processListens: (type) => {
        if (this.#onSignalListener !== null && typeof type === 'string' && type.startsWith('SIG')) this.#onSignalListener();
      },
      onShow: (show) => this.#shows.push(show),
      onLook: (look) => this.#looks.push(look),
      beforeGc: (look) => this.#beforeGc.push(look),
      holds: (held) => this.#held.push(held),
      onTick: (look) => this.#ticks.push(look),
    };
  }
}

/** Nothing is sent to the collector any more. */
function detach(native) {
  notesTo(null);
  native.detach();
}

module.exports = { Session, detach };
