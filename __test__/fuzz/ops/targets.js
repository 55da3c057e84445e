'use strict';

// EventTargets and AbortSignals.

class Sub extends EventTarget {}

function setUp(world) {
  for (let slot = 0; slot < 2; slot++) ops.target(world, slot, 'EventTarget');
}

const ops = {
  target(world, slot, kind) {
    world.controllers[slot] = new AbortController();
    const { signal } = world.controllers[slot];
    const made = kind === 'EventTarget' ? new EventTarget() : kind === 'sub' ? new Sub() : kind === 'any' ? AbortSignal.any([signal]) : signal;
    world.targets[slot] = world.name(`target${slot}:${kind}`, made);
  },

  listen(world, slot, type, listener, how) {
    // Listeners as well, of objects that the oracle does not ask.
    world.isListening = true;
    const target = world.targets[slot];
    const run = world.functions[listener];
    if (how === 'signal') return target.addEventListener(type, run, { signal: world.controllers[1 - slot].signal });
    if (how === 'aborted') return target.addEventListener(type, run, { signal: AbortSignal.abort() });
    if (how === 'null') return target.addEventListener(type, null);
    if (how === 'handleEvent') return target.addEventListener(type, { handleEvent: (event) => world.trace('handled', event.type) });
    return target.addEventListener(type, run, how ?? undefined);
  },

  unlisten: (world, slot, type, listener, capture) => world.targets[slot].removeEventListener(type, world.functions[listener], capture),
  dispatch: (world, slot, type) => world.targets[slot].dispatchEvent(world.name(`event ${type}`, new Event(type))),
  abort: (world, slot) => world.controllers[slot].abort('enough'),
};

function look(world) {
  for (const [slot, target] of world.targets.entries()) world.trace('shows', target, world.controllers[slot].signal.aborted, Reflect.ownKeys(target).length);
}

module.exports = { ops, setUp, look };
