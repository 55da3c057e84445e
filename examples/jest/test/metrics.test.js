'use strict';

const { count } = require('../src/metrics');

test('counts what happens', () => {
  expect(count('message')).toBe(1);
  expect(count('message')).toBe(2);
});
