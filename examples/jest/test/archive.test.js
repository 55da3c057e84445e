'use strict';

const { Archive } = require('../src/archive');
const hub = require('../src/hub');

test('keeps what is said', () => {
  const archive = new Archive();
  hub.emit('said', 'hello');
  expect(archive.lines).toEqual(['hello']);
});
