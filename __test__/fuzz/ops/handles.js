'use strict';

// Handles that open and close at once: descriptors, directories and channels.

const fs = require('node:fs');
const { inspect } = require('node:util');

const workerThreads = require('node:worker_threads');

const paths = { file: __filename, folder: __dirname, missing: `${__filename}.not` };

const opening = {
  file: {
    open: (path) => fs.openSync(path),
    close: (fd) => fs.closeSync(fd),
  },
  directory: {
    open: (path) => fs.opendirSync(path),
    close: (directory) => directory.closeSync(),
  },
  channel: {
    open: () => new workerThreads.MessageChannel(),
    // The other port closes by itself, some turns later.
    close: ({ port1 }) => port1.close(),
    isOpen: ({ port1, port2 }) => [port1, port2].some((port) => /active: true/.test(inspect(port))),
  },
};

const ops = {
  open(world, slot, what, path) {
    // Nobody closes what was there: it stays open, as in a program that leaks it.
    const handle = opening[what].open(paths[path]);
    const { isOpen } = opening[what];
    world.handles[slot] = { what, handle, record: world.oracle.sawHandle(isOpen && (() => isOpen(handle))) };
    world.opened.push(world.handles[slot]);
    return typeof handle;
  },

  /** Again as well: a number that was closed may be somebody else's by then, so that is for objects only. */
  close(world, slot) {
    const { what, handle, record } = world.handles[slot] ?? {};
    if (what === undefined || (what === 'file' && !record.isOpen())) return 'nothing to close';
    try {
      return opening[what].close(handle);
    } finally {
      record.end();
    }
  },
};

function setUp(world) {
  world.handles = [];
  world.opened = [];
}

function look(world) {
  world.trace('open', world.opened.filter(({ record }) => record.isOpen()).length);
}

function tearDown(world) {
  for (const { what, handle, record } of world.opened) if (record.isOpen()) opening[what].close(handle);
}

module.exports = { ops, setUp, look, tearDown };
