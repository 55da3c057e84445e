'use strict';

// The table of options is what leakline does; the declarations are what it promises. They say the same.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const commands = require('../js/cli/commands');
const { KINDS } = require('../js/base/kinds');
const { checked, fromEnvironment } = require('../js/base/options');
const { tables } = require('../js/base/option-table');
const { root } = require('./support/run');

const read = (file) => fs.readFileSync(path.join(root, 'js', file), 'utf8');

const declared = {
  start: ['types/options.d.ts', 'Options'],
  snapshot: ['types/options.d.ts', 'SnapshotOptions'],
  check: ['types/options.d.ts', 'CheckOptions'],
  report: ['types/options.d.ts', 'ReportOptions'],
  metrics: ['types/options.d.ts', 'MetricsOptions'],
  retainers: ['types/options.d.ts', 'RetainersOptions'],
  track: ['types/options.d.ts', 'TrackOptions'],
  pool: ['api/pools.d.ts', 'PoolOptions'],
  toLeak: ['runners/matchers/index.d.ts', 'LeakOptions'],
};

/** The members of an interface: `{ name, isOptional, type, doc }` each. */
function membersOf(file, name) {
  const [, body] = new RegExp(`export interface ${name} (?:extends \\w+ )?\\{\\n(.*?)^\\}`, 'ms').exec(read(file));
  const members = body.matchAll(/\/\*\*(.*?)\*\/\s*(\w+)(\?)?: ([^;]+);/gs);
  return [...members].map(([, doc, member, optional, type]) => ({ name: member, isOptional: optional === '?', type, doc: doc.replace(/\s*\n\s*\* ?/g, ' ').trim() }));
}

for (const [of, [file, name]] of Object.entries(declared)) {
  describe(`${name} of ${file}`, () => {
    const members = membersOf(file, name);
    // What toLeak() adds to the options of check().
    const options = Object.entries(tables[of]).filter(([each, option]) => of !== 'toLeak' || option !== tables.check[each]);

    it('has the options of the table', () => {
      assert.deepEqual(members.map((member) => member.name).sort(), options.map(([each]) => each).sort());
    });

    for (const [each, { type, range, fallback, choices, isRequired = false }] of options) {
      it(`${each}: type, range and default`, () => {
        const member = members.find((one) => one.name === each);
        assert.equal(member.type, type);
        assert.equal(member.isOptional, !isRequired);
        if (range !== undefined) assert.ok(member.doc.includes(`from ${range[0]} to ${range[1]}`), member.doc);
        if (isRequired) return;
        assert.match(member.doc, /\bDefault|\b(false|true) unless/);
        if (['string', 'number', 'boolean'].includes(typeof fallback)) {
          const shown = typeof fallback === 'string' ? `'${fallback}'` : String(fallback);
          assert.match(member.doc, new RegExp(`Default \`?${shown.replaceAll('.', '\\.')}(?![\\d.]*\\d)`), member.doc);
        }
        if (choices !== undefined && !/^[A-Z]/.test(type)) for (const choice of choices) assert.ok(type.includes(choice));
      });
    }
  });
}

describe('the table of options', () => {
  it('its kinds and modes are those declared', () => {
    const union = (name) => new RegExp(`export type ${name} =\\n(.*?);\\n\\n`, 's').exec(read('types/options.d.ts'))[1];
    const literals = (name) => [...union(name).replace(/\/\*\*.*?\*\//gs, '').matchAll(/'(\w+)'/g)].map(([, literal]) => literal);
    assert.deepEqual(literals('Kind').sort(), KINDS.toSorted());
    assert.deepEqual(literals('Mode').sort(), tables.start.mode.choices.toSorted());
  });

  it('its kinds are those of the record', () => {
    const layout = fs.readFileSync(path.join(root, 'src', 'record', 'layout.rs'), 'utf8');
    const [, list] = /pub const KINDS: \[&str; \d+\] = \[(.*?)\];/s.exec(layout);
    assert.deepEqual([...list.matchAll(/"(\w+)"/g)].map(([, kind]) => kind).sort(), KINDS.toSorted());
  });

  for (const [of, table] of Object.entries(tables)) {
    it(`${of}: each default is valid, and each has a rule`, () => {
      for (const [name, { fallback, test, rule, variable, flag, help }] of Object.entries(table)) {
        if (fallback !== undefined && fallback !== null) assert.ok(test(fallback), name);
        assert.ok(rule.length > 0, name);
        if (variable !== undefined || flag !== undefined) assert.ok(help.length > 0, name);
      }
    });
  }

  it('a flag and a variable mean the same option', async () => {
    for (const { flag, variable } of Object.values(tables.start)) {
      if (flag === undefined || variable === undefined) continue;
      assert.ok(Object.hasOwn(commands.run.options, flag), flag);
      assert.equal(variable, `LEAKLINE_${flag.replaceAll('-', '_').toUpperCase()}`);
    }
  });

  it('texts of variables become values', () => {
    const env = { LEAKLINE: 'full', LEAKLINE_STACK_DEPTH: '3', LEAKLINE_KINDS: 'map, set', LEAKLINE_IGNORE: 'pino,/x/i', LEAKLINE_STACK_KEYS: 'off' };
    const settings = fromEnvironment(env, assert.fail);
    const options = Object.fromEntries(Object.keys(tables.start).map((name) => [name, settings[name]]));
    assert.deepEqual({ ...options, ignore: settings.ignore.map(String) }, {
      ...checked('start', {}), mode: 'full', stackDepth: 3, kinds: ['map', 'set'], ignore: ['pino', '/x/i'], stackKeys: false,
    });
  });
});

describe('what is nearly right', () => {
  const refused = {
    'an option': [() => checked('start', { stackdepth: 8 }), /got 'stackdepth'\. Did you mean stackDepth\?/],
    'a kind': [() => checked('start', { kinds: ['map', 'listeners'] }), /Did you mean 'listener'\?/],
    'a kind of a check': [() => checked('check', { kinds: ['timer'] }), /Did you mean 'timeout'\?/],
    'a kind of toLeak()': [() => checked('toLeak', { kind: 'Set' }), /Did you mean 'set'\?/],
    "a kind of leakline's for track()": [() => checked('track', { kind: 'handle' }, 'what'), /what\.kind must be .* Name it by what it is/],
    'no kind for track()': [() => checked('track', {}, 'what'), /what\.kind must be a name/],
  };
  for (const [name, [call, message]] of Object.entries(refused)) {
    it(`${name}: the error names it`, () => assert.throws(call, { code: 'ERR_LEAKLINE_OPTION', message }));
  }

  it('a kind that resembles none of leakline is one for track()', () => {
    assert.deepEqual(checked('start', { kinds: ['lease', 'session', 'connection'] }).kinds, ['lease', 'session', 'connection']);
  });
});
