'use strict';

// The least that anything on async_hooks costs: an init that does nothing.

require('node:async_hooks').createHook({ init() {} }).enable();
