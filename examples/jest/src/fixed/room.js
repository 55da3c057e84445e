'use strict';

const hub = require('../hub');

class Room {
  constructor() {
    this.members = new Set();
    this.forget = (member) => this.members.delete(member);
    hub.on('left', this.forget);
  }

  join(member) {
    this.members.add(member);
  }

  close() {
    hub.off('left', this.forget);
    this.members.clear();
  }
}

module.exports = { Room };
