'use strict';

// config.schema.json accepts what leakline accepts in leakline.config.json.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const schema = require('../../config.schema.json');
const { KINDS } = require('../../js/base/kinds');
const { load } = require('../../js/base/native');
const { exports: doors, files } = require('../../package.json');

const answer = (config) => JSON.parse(load().testingConfig(JSON.stringify(config), 'leakline.config.json'));
const isAccepted = (config) => answer(config).error === undefined;
/** The fields that the message about an unknown one lists. */
const fieldsIn = (config) => /must be among (.*), got/.exec(answer(config).error.args[1])[1].split(', ').toSorted();
const entry = { kind: 'map', reason: 'a cache' };

describe('config.schema.json', () => {
  const { properties, definitions } = schema;
  const allowed = definitions.allowed.properties;

  it('is in the package', () => {
    assert.equal(doors['./config.schema.json'], './config.schema.json');
    assert.ok(files.includes('config.schema.json'));
  });

  it('has the fields of the configuration, and of what is accepted', () => {
    assert.deepEqual(Object.keys(properties).toSorted(), fieldsIn({ nope: 1 }));
    assert.deepEqual(Object.keys(allowed).toSorted(), fieldsIn({ allow: [{ ...entry, nope: 1 }] }));
    for (const { description } of [...Object.values(properties), ...Object.values(allowed)].filter(({ $ref }) => $ref === undefined)) {
      assert.match(description ?? '', /\w\.?/);
    }
  });

  it('has the values of each field, and its default', () => {
    const complete = answer({});
    for (const [name, { enum: choices, minimum, maximum, default: fallback }] of Object.entries(properties)) {
      for (const choice of choices ?? []) assert.ok(isAccepted({ [name]: choice }), `${name}: ${choice}`);
      if (choices) assert.ok(!isAccepted({ [name]: 'nope' }), name);
      if (minimum !== undefined) {
        const within = [minimum - 1, minimum, maximum, maximum + 1].map((value) => isAccepted({ [name]: value }));
        assert.deepEqual(within, [false, true, true, false], name);
      }
      // That of `leaks` is left to the environment.
      if (fallback !== undefined && name !== 'leaks') assert.deepEqual(complete[name], fallback, name);
    }
  });

  it('has the rules for what is accepted', () => {
    assert.ok(isAccepted({ $schema: './node_modules/leakline/config.schema.json', allow: [entry, { ...entry, max: 1 }] }));
    for (const wrong of [{ reason: 'r' }, { kind: 'map' }, { ...entry, reason: ' ' }, { ...entry, max: 0 }, { ...entry, fingerprint: 'AA' }]) {
      assert.ok(!isAccepted({ allow: [wrong] }), JSON.stringify(wrong));
    }
    assert.deepEqual(definitions.allowed.required, ['reason']);
    assert.equal(allowed.max.minimum, 1);
  });

  it('offers every kind', () => {
    assert.deepEqual(properties.kinds.items.anyOf[0].enum.toSorted(), [...KINDS].toSorted());
  });
});
