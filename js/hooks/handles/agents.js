'use strict';

/**
 * Agents of `node:http` and `node:https`: each keeps sockets of its own, so that one for each request keeps one for each
 * request. An agent's first socket is a part of it; others are sockets that somebody did not give back.
 */

const { apply } = require('../../base/originals.js');
const { endsWith, forEach } = require('../../base/primordials.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { classNameOf } = require('../../base/names.js');
const { heal } = require('../wrap.js');
const { FieldHost } = require('../private-field.js');
const { PrivateField } = require('./registrations.js');
const { createPatches, closing } = require('./patches.js');
const { replaceConstructor } = require('./constructors.js');

/** An agent that has asked for a socket. */
class Used extends FieldHost {
  #isUsed = true;

  constructor(object) {
    super(object);
  }

  static has(agent) {
    return #isUsed in agent;
  }
}

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();
  const undo = [];

  function opened(agent, hook) {
    if (PrivateField.of(agent) !== null) return;
    const name = classNameOf(agent);
    const life = registrations.open(endsWith(name, 'Agent') ? name : 'Agent', hook);
    PrivateField.set(agent, life);
    // Its sockets hold it. One without any holds nothing, and is soon garbage.
    registrations.watch(life, agent, () => false, 'collect');
  }

  loaded.when('_http_agent', () => {
    const http = require('node:http');
    undo.push(replaceConstructor([[http, 'Agent']], opened));
    const { prototype } = http.Agent;
    patches.wrap(prototype, 'destroy', closing((agent) => PrivateField.of(agent)?.end()));
    patches.wrap(prototype, 'createSocket', (patch) => function createSocket() {
      if (!patch.active) heal(patch);
      const isFirst = patch.active && PrivateField.of(this) !== null && !Used.has(this);
      try {
        if (!isFirst) return apply(patch.original, this, arguments);
        new Used(this);
        return registrations.covered(() => apply(patch.original, this, arguments));
      } catch (error) {
        throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
      }
    });
  });
  loaded.when('https', (https) => undo.push(replaceConstructor([[https, 'Agent']], opened)));
  return {
    undo() {
      patches.undo();
      forEach(undo, (each) => each());
    },
  };
}

module.exports = { install };
