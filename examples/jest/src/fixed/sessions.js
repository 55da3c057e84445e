'use strict';

class Sessions {
  constructor() {
    this.byToken = new Map();
  }

  open(user) {
    const token = Symbol(user);
    this.byToken.set(token, { user });
    return token;
  }

  close(token) {
    this.byToken.delete(token);
  }
}

module.exports = { Sessions };
