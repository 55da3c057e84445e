'use strict';

const { EventEmitter } = require('node:events');

/** Where everything that happens in the chat is reported. It lives as long as the process. */
module.exports = new EventEmitter();
