'use strict';

// What an adapter hands over at the end of a test file, and a project for it to be in.

const fs = require('node:fs');
const path = require('node:path');

const { temporaryFolder } = require('./run');

/** A project with these files; values are texts, or are written as JSON. */
function project(files = {}) {
  const folder = temporaryFolder();
  const source = "class Proxy {\n  attach(socket) {\n    socket.on('data', onData);\n  }\n}\n";
  for (const [name, content] of Object.entries({ 'src/proxy.js': source, ...files })) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** What a test left of the line in `src/proxy.js`; `fields` replaces what matters. */
function leftover(folder, tests, count = 1, fields = {}) {
  const origin = { function: 'attach', file: path.join(folder, 'src', 'proxy.js'), line: 3, column: 12 };
  return {
    tests, kind: 'listener', label: "Socket 'data'", fingerprint: '00000000000000aa',
    count, origin, stack: [origin], direct: true, ...fields,
  };
}

/** A test file's end, for `settle`; `loaded` is what `load` of js/runners/core/config.js returned. */
function fileEnd(folder, loaded, leftovers, { file = 'a.test.js', tests } = {}) {
  const names = tests ?? [...new Set(leftovers.flatMap((each) => each.tests))];
  return {
    cwd: folder, runner: 'jest', file: path.join(folder, file),
    tests: names.map((name) => ({ name, level: loaded.config.leaks })),
    leftovers, update: loaded.update, notes: [], text: { cwd: folder },
  };
}

module.exports = { project, leftover, fileEnd };
