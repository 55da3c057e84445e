'use strict';

/**
 * Where the record of an owner of listeners is kept: an emitter's, an event target's. A recording has its own; what an
 * earlier one has left is not found.
 */

const { WeakMap } = require('../base/originals.js');
const { FieldHost } = require('./private-field.js');

/**
 * @param {boolean} isOfAll whether each owner gets a record, at its first listener. Then it carries it in a private field.
 * Where only some do it lies beside them: a field on one in many gives owners of one class two shapes, and all code that
 * V8 has compiled for one, Node's own included, gets slower: measured at 7 % of an Express service.
 * @returns {{ get(owner: object): object | undefined, set(owner: object, record: object): void }} `set` for an owner that has none
 */
function createRecords(isOfAll) {
  return isOfAll ? carried() : new WeakMap();
}

function carried() {
  return class Carried extends FieldHost {
    #record;

    constructor(object) {
      super(object);
    }

    static get(owner) {
      return #record in owner ? owner.#record : undefined;
    }

    static set(owner, record) {
      new Carried(owner).#record = record;
    }
  };
}

module.exports = { createRecords };
