'use strict';

const assert = require('node:assert/strict');
const { channel } = require('node:diagnostics_channel');
const { afterEach, describe, it } = require('node:test');

const { createAnnouncer, EVERY, NAME } = require('../../js/engine/announce');

const leak = (label, more) => ({ label, fingerprint: label, thread: 0, verdict: 'leak', role: 'cause', ...more });
const process = { pid: 1 };

describe(`the channel ${NAME}`, () => {
  const heard = [];
  const listen = (message) => heard.push(message);
  afterEach(() => {
    channel(NAME).unsubscribe(listen);
    heard.length = 0;
  });

  /** Looks once, as often as the time between two looks has ticks. */
  function looks(announce) {
    for (let tick = 0; tick < EVERY; tick++) announce();
    return heard.splice(0).map(({ site }) => site.label);
  }

  it('is given each leak once, and again when it comes back', () => {
    channel(NAME).subscribe(listen);
    let sites = [leak('a')];
    const announce = createAnnouncer(() => ({ process, sites }));
    assert.deepEqual(looks(announce), ['a']);
    sites = [leak('a'), leak('b'), leak('a', { thread: 3 })];
    assert.deepEqual(looks(announce), ['b', 'a']);
    sites = [leak('b')];
    assert.deepEqual(looks(announce), []);
    sites = [leak('a'), leak('b')];
    assert.deepEqual(looks(announce), ['a']);
  });

  it('is given the site and the process', () => {
    channel(NAME).subscribe(listen);
    const announce = createAnnouncer(() => ({ process, sites: [leak('a')] }));
    for (let tick = 0; tick < EVERY; tick++) announce();
    assert.deepEqual(heard, [{ site: leak('a'), process }]);
  });

  it('is given no suspects, consequences, or leaks that are allowed', () => {
    channel(NAME).subscribe(listen);
    const sites = [leak('a', { verdict: 'suspect' }), leak('b', { role: 'consequence' }), leak('c', { allowed: 'it polls' })];
    assert.deepEqual(looks(createAnnouncer(() => ({ process, sites }))), []);
  });

  it('costs no snapshot while nobody subscribes', () => {
    const announce = createAnnouncer(() => assert.fail('a snapshot was taken'));
    assert.deepEqual(looks(announce), []);
  });
});
