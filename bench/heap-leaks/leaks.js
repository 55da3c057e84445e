'use strict';

// What leaks and registers nothing, each in functions and a variable of its own. `functions`: those that may be named, since they
// allocate what stays; `bytes`: about what one call leaves, by V8's own count.

const closures = [];
const cache = {};
const promises = new Set();
const strings = [];
const requests = [];
const buffers = [];
let list;
let tree;
let chain = () => 0;
let ring;
let n = 0;

class ParsedRequest {
  constructor(id) {
    this.url = `/orders/${id}`;
    this.headers = { host: `shop-${id}.example`, cookie: `${'c'.repeat(20)}${id}` };
    this.body = { items: [id, id + 1, { id }] };
    this.at = id * 1.5;
  }
}

class ListNode {
  constructor(value, next) {
    this.value = value;
    this.next = next;
  }
}

class TreeNode {
  constructor(key) {
    this.key = key;
    this.left = null;
    this.right = null;
  }
}

function keepClosure() {
  const order = { id: n++, text: `v${n}` };
  closures.push(() => order.id);
}

function cacheResult() {
  const id = n++;
  cache[`key-${id}`] = { id, name: `n${id}`, tags: [id] };
}

function waitForever() {
  const id = n++;
  promises.add(new Promise((resolve) => {
    if (id < 0) resolve(id);
  }));
}

function keepLine() {
  const id = n++;
  strings.push(Buffer.from(`line ${id} `.padEnd(110, 'z')).toString('latin1'));
}

function keepRequest() {
  requests.push(new ParsedRequest(n++));
}

function keepBuffer() {
  buffers.push(Buffer.alloc(20_000)); // Buffers
}

/** The newest first. */
function addToList() {
  list = new ListNode(n++, list);
}

function addToTree() {
  const node = new TreeNode(Math.random());
  if (tree === undefined) return void (tree = node);
  for (let at = tree; ;) {
    const side = node.key < at.key ? 'left' : 'right';
    if (at[side] === null) return void (at[side] = node);
    at = at[side];
  }
}

function addToChain() {
  const before = chain;
  const id = n++;
  chain = () => (id < 0 ? before() : id);
}

/** The newest is between the last and the first. */
function addToRing() {
  const request = new ParsedRequest(n++);
  request.next = ring?.next ?? request;
  if (ring !== undefined) ring.next = request;
  ring = request;
}

/**
 * @typedef {object} HeapLeak
 * @property {'heap' | 'buffer'} kind
 * @property {() => void} add leaks one more
 * @property {number} bytes that one call leaves
 * @property {string[]} functions any of which is right to name; of Buffers the line is looked for, which has the leak's name
 * @property {string} variable that holds them
 */

/** @type {Record<string, HeapLeak>} */
const LEAKS = {
  closures: { kind: 'heap', add: keepClosure, bytes: 171, functions: ['keepClosure'], variable: 'closures' },
  'object as a cache': { kind: 'heap', add: cacheResult, bytes: 221, functions: ['cacheResult'], variable: 'cache' },
  promises: { kind: 'heap', add: waitForever, bytes: 78, functions: ['waitForever'], variable: 'promises' },
  strings: { kind: 'heap', add: keepLine, bytes: 140, functions: ['keepLine'], variable: 'strings' },
  requests: { kind: 'heap', add: keepRequest, bytes: 520, functions: ['keepRequest', 'ParsedRequest'], variable: 'requests' },
  Buffers: { kind: 'buffer', add: keepBuffer, bytes: 20_200, functions: ['keepBuffer'], variable: 'buffers' },
  'linked list': { kind: 'heap', add: addToList, bytes: 40, functions: ['addToList', 'ListNode'], variable: 'list' },
  tree: { kind: 'heap', add: addToTree, bytes: 60, functions: ['addToTree', 'TreeNode'], variable: 'tree' },
  'closure chain': { kind: 'heap', add: addToChain, bytes: 102, functions: ['addToChain'], variable: 'chain' },
  'ring of requests': { kind: 'heap', add: addToRing, bytes: 552, functions: ['addToRing', 'ParsedRequest'], variable: 'ring' },
};

/** The six that a service is promised to be informed of by the rate of their bytes. */
const PROMISED = ['closures', 'object as a cache', 'promises', 'strings', 'requests', 'Buffers'];
/** Small nodes, so many a second. */
const CHAINS = ['linked list', 'tree', 'closure chain', 'ring of requests'];

module.exports = { LEAKS, PROMISED, CHAINS };
