'use strict';

/** @returns {boolean} whether an object has a function by each of the names */
const hasMethods = (object, ...names) =>
  typeof object === 'object' && object !== null && names.every((name) => typeof object[name] === 'function');

module.exports = { hasMethods };
