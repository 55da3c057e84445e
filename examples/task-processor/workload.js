'use strict';

const { TaskSource } = require('./source');

// Small, and filled up in setup(): a cache on its way to its limit would look like a leak.
const CACHE_SIZE = 50;

/**
 * What a service does with task processors: one that prices orders all day, and one for each import, which is created,
 * used and destroyed again. The source lives as long as the service.
 */
module.exports = function workload(name, TaskProcessor) {
  let source;
  let orders;
  let lastId;

  /** No two tasks are alike, so every one makes its own entry in a cache. */
  function nextTask(queue, quantity = 1) {
    const id = ++lastId;
    return { id, queue, item: `item-${id}`, quantity };
  }

  /** Five tasks for the processor that lives for ever, while a dashboard looks on. */
  async function priceOrders() {
    let watched = 0;
    const unsubscribe = orders.subscribe(() => watched++);
    const single = [];
    for (let i = 0; i < 3; i++) single.push(source.publish(nextTask('orders')));
    await Promise.all(single);
    await source.publishBatch([nextTask('orders'), nextTask('orders')]);
    unsubscribe();
    if (watched !== 5) throw new Error(`the dashboard saw ${watched} tasks instead of 5`);
  }

  /** Three tasks for a processor that lives no longer than they do. The first one fails while two others wait. */
  async function runImport() {
    const queue = `import-${lastId}`;
    const processor = new TaskProcessor(source, { queue, work: price, concurrency: 1, cacheSize: CACHE_SIZE });
    let watched = 0;
    processor.subscribe(() => watched++);
    const submitted = [-1, 1, 2].map((quantity) => submit(processor, nextTask(queue, quantity)));
    await Promise.allSettled(submitted);
    processor.destroy();
    if (watched !== 3) throw new Error(`${watched} tasks of the import settled instead of 3`);
  }

  return {
    name,

    async setup() {
      lastId = 0;
      source = new TaskSource();
      orders = new TaskProcessor(source, { queue: 'orders', work: price, cacheSize: CACHE_SIZE });
      for (let i = 0; i < CACHE_SIZE; i++) await source.publish(nextTask('orders'));
    },

    async iterate() {
      await priceOrders();
      await runImport();
    },

    teardown() {
      orders.destroy();
      orders = undefined;
      source = undefined;
    },
  };
};

/** The work itself. */
async function price({ item, quantity }) {
  if (quantity < 0) throw new RangeError(`${item}: a quantity cannot be negative`);
  return { item, cents: quantity * 100 * item.length };
}

function submit(processor, task) {
  return new Promise((resolve, reject) => {
    processor.submit(task, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
