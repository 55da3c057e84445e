'use strict';

/** The source text of each function that leakline patches, by its name. */

const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const timers = require('node:timers');

const FUNCTIONS = [
  ['EventEmitter.prototype', EventEmitter.prototype, ['on', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeAllListeners', 'emit']],
  ['EventTarget.prototype', EventTarget.prototype, ['addEventListener', 'removeEventListener']],
  ['globalThis', globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'Map', 'Set']],
  ['timers', timers, ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']],
  ['fs', fs, ['open', 'openSync', 'close', 'closeSync', 'createReadStream', 'createWriteStream', 'watch']],
  ['net.Socket.prototype', net.Socket.prototype, ['connect']],
];

/** @returns {Record<string, string>} */
function sources() {
  const { toString } = Function.prototype;
  return Object.fromEntries(FUNCTIONS.flatMap(([holder, object, names]) => names.map((name) => [
    holder === 'globalThis' ? name : `${holder}.${name}`,
    typeof object[name] === 'function' ? toString.call(object[name]) : String(object[name]),
  ])));
}

module.exports = { sources };
