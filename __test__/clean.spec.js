'use strict';

// The command's own texts and the reports clean what they print by one rule, written down in JavaScript and in Rust.

const assert = require('node:assert/strict');
const { it } = require('node:test');

const { report } = require('leakline');
const { clean } = require('../js/base/clean');

it('every character is printed by both as the other one does', () => {
  const points = [...Array(0x3000).keys(), 0xd7ff, 0xe000, 0xfeff, 0xfff8, 0xfff9, 0xfffb, 0xfffc, 0xfffd, 0x1f680, 0xe0000, 0xe007f, 0xe0080];
  for (let at = 0; at < points.length; at += 100) {
    const text = points.slice(at, at + 100).map((point) => String.fromCodePoint(point)).join('|');
    const message = report({ leaked: false, leaks: [], iterations: 1, rounds: 1, watched: { kinds: [], registrations: 0 }, notes: [text], message: '' }, { width: 1000 });
    // A note is wrapped at its blanks.
    assert.ok(message.replace(/\s+/g, '').includes(clean(text).replace(/\s+/g, '')), JSON.stringify([clean(text), message]));
  }
});

it('long text is cut to as many characters', () => {
  assert.equal(clean('é🚀'.repeat(800)), `${'é🚀'.repeat(500)}…`);
  assert.equal(clean('a'.repeat(1000)), 'a'.repeat(1000));
});
