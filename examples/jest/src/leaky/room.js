'use strict';

const hub = require('../hub');

class Room {
  constructor() {
    this.members = new Set();
    this.forget = (member) => this.members.delete(member);
    hub.on('left', this.forget); // leak 1: close() does not take it back
  }

  join(member) {
    this.members.add(member);
  }

  close() {
    this.members.clear();
  }
}

module.exports = { Room };
