'use strict';

const leakline = require('leakline');
const { Sessions: Leaky } = require('../src/leaky/sessions');
const { Sessions: Fixed } = require('../src/fixed/sessions');

// A Map has no release that a test could forget: whether it grows shows when the same is done again and again.
describe.each([['leaky', new Leaky()], ['fixed', new Fixed()]])('%s sessions', (_variant, sessions) => {
  test('leave nothing behind', async () => {
    await expect(() => sessions.close(sessions.open('ada'))).not.toLeak();
  });
});

test('each session takes one entry', async () => {
  const sessions = new Leaky();
  await expect(() => sessions.open('ada')).toLeak({ kind: 'map', perIteration: 1 });
});

test('a hundred sessions later there is no more than before', () => {
  const sessions = new Fixed();
  const before = leakline.snapshot({ gc: true });
  for (let n = 0; n < 100; n++) sessions.close(sessions.open('ada'));
  expect(leakline.diff(before, leakline.snapshot({ gc: true }))).toHaveNoLeaks();
});
