'use strict';

/** `track()`: a resource that no hook knows. */

const { error } = require('../base/errors.js');
const { handleOf } = require('../base/handle.js');

/**
 * @param {object} native the addon
 * @param {import('./session.js').Session} session
 * @param {object} resource
 * @param {{ kind: string, label?: string, maxHoldMs?: number }} what
 * @param {Function} hook the function whose caller tracks; its frames and those within are not kept
 * @returns {{ release(): void }}
 */
function track(native, session, resource, { kind, label, maxHoldMs = 0 }, hook) {
  const { ring, owners, sites, settings } = session;
  if (settings.kinds !== null && !settings.kinds.includes(kind)) return handleOf('release', () => {});
  const number = native.kind(kind);
  if (number === null) throw error('ERR_LEAKLINE_OPTION', 'kind', 'one of at most 64 names of at most 64 bytes', kind);
  const site = session.mode === 'counts' ? 0 : sites.find(number, hook, String, label ?? kind, null, String);
  const handle = ring.register(number, site, 0, 0, maxHoldMs);
  // It may be one of millions: what stands for it is numbers, and nothing that is called at its death.
  const index = owners.retain(resource);
  owners.add(index, handle, 1);
  return handleOf('release', () => {
    if (session.isOver || !owners.has(handle)) return;
    owners.release(index);
    ring.release(handle);
  });
}

module.exports = { track };
