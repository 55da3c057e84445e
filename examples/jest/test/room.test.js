'use strict';

const hub = require('../src/hub');

describe.each(['leaky', 'fixed'])('a %s room', (variant) => {
  const { Room } = require(`../src/${variant}/room`);

  test('forgets who has left', () => {
    const room = new Room();
    room.join('ada');
    hub.emit('left', 'ada');
    expect(room.members.size).toBe(0);
    room.close();
  });
});
