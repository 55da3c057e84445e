'use strict';

/** What the engine gives a hook, and what a hook gives back. */

/**
 * @typedef {object} Context what a hook needs
 * @property {object} native the addon
 * @property {ReturnType<typeof import('../recording/ring.js').createRing>} ring
 * @property {ReturnType<typeof import('../recording/owners.js').createOwners>} owners
 * @property {Record<'listener' | 'timer' | 'collection' | 'other', { admit(what?: string | symbol | number, isGrowth?: boolean): number }>} samplers
 * say which registrations get a stack
 * @property {{ admit(event: string | symbol | undefined, count: number, owner?: object, peek?: (owner: object) => number | undefined): number, peeked(): number | undefined }} ownerSampler
 * says which owners of listeners are tracked, and what it has peeked at to say so
 * @property {{ admit(): number }} insertionSampler for the stacks of insertions
 * @property {() => boolean} areInsertersWanted whether it matters who fills a collection
 * @property {() => boolean} isChecking whether a check is under way
 * @property {boolean} arePoolsWanted whether pools are watched without `watchPool()`
 * @property {number} minSize entries from which a collection counts as oversized
 * @property {(site: number) => string} originOf the application's file that a site is of
 * @property {ReturnType<typeof import('../recording/stack.js').createSites>['find']} site the site of a registration; 0 without stacks
 * @property {ReturnType<typeof import('../recording/stack.js').createSites>['findOf']} siteOf the site of a registration on an owner, of whose class it is; 0 without
 * stacks
 * @property {(kind: number) => number | undefined} known the site of a collection, by the stack that makes it, where that decides whether it is
 * recorded: 0 when its like was not made for long; for `samplers.collection` and `site`
 * @property {(kind: number) => number | undefined} peek the site of the present stack, 0 where it is not known; undefined where nothing is sampled by it
 * @property {Record<string, number>} kinds the wanted kinds' numbers
 * @property {ReturnType<typeof import('../recording/windows.js').createWindows>} windows
 * @property {() => string} mode
 * @property {() => boolean} mayPass whether registrations that come out even may be only counted
 * @property {(see: (collection: object) => void) => void} [eachCollection] shows every Map and Set that is recorded
 * @property {(show: (see: See) => void) => void} onShow called where somebody wants the objects behind handles: shows those that a hook knows
 * @property {(type: unknown) => void} processListens says that the program has begun or ceased to listen on process
 * @property {(look: () => void) => void} onLook called before anybody reads what is recorded
 * @property {(look: () => void) => void} beforeGc called before leakline collects garbage: what has ended by itself may be gone then
 * @property {(bytes: () => number) => void} holds adds up what a hook keeps: `bytes` says how much that is
 * @property {(look: () => void) => void} onTick called every tick: look at a part
 */

/**
 * @callback See gets an object behind a handle
 * @param {number} handle
 * @param {object} object what was registered: the timer, the open handle, the collection; of a listener the function, or Node's entry in its list
 */

/**
 * @typedef {object} Hook what one of them gives when it is installed
 * @property {() => void} undo puts everything back
 * @property {(realm: object) => { undo(): void, renew?(): void }} [adopt] hooks a realm's own globals;
 * `renew` does so again for what was put back meanwhile
 * @property {() => void} [watchOwners] begins to recognise owners that were created in the open window
 */

module.exports = {};
