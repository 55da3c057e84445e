'use strict';

class Sessions {
  constructor() {
    this.byToken = new Map(); // leak 3: close() leaves the entry
  }

  open(user) {
    const token = Symbol(user);
    this.byToken.set(token, { user, isOpen: true });
    return token;
  }

  close(token) {
    this.byToken.get(token).isOpen = false;
  }
}

module.exports = { Sessions };
