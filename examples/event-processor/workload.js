'use strict';

const { EventBus } = require('./bus');

/**
 * What a service does with an event processor: clients connect, watch orders for a while and leave again.
 * The bus and the processor live as long as the service.
 */
module.exports = function workload(name, EventProcessor) {
  let bus;
  let processor;

  return {
    name,

    setup() {
      bus = new EventBus();
      processor = new EventProcessor(bus);
    },

    /** One client: connects, sees two orders, leaves. */
    iterate() {
      const seen = [];
      const subscription = processor.subscribe('order', (order) => seen.push(order.id));
      bus.emit('order', { id: 'A-1', total: 12 });
      bus.emit('order', { id: 'A-2', total: 30 });
      processor.unsubscribe(subscription);
      bus.emit('order', { id: 'A-3', total: 7 });
      if (seen.join() !== 'A-1,A-2') throw new Error(`a client saw the orders ${seen.join()} instead of A-1,A-2`);
    },

    teardown() {
      processor.destroy?.(); // the leaky one has no such method
      processor = undefined;
      bus = undefined;
    },
  };
};
