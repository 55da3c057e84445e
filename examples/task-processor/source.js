'use strict';

const { EventEmitter } = require('node:events');

/** Where tasks come from: the connection to a message broker, say. It outlives every processor. */
class TaskSource extends EventEmitter {
  constructor() {
    super();
    // A processor per import is normal here. It also silences the only warning that Node would give.
    this.setMaxListeners(0);
  }

  /** Hands out one task; settles as the task does. */
  publish(task) {
    return new Promise((resolve, reject) => {
      this.emit('task', task, (error, result) => (error ? reject(error) : resolve(result)));
    });
  }

  /** Hands out several tasks at once; resolves when the last of them has settled, well or badly. */
  publishBatch(tasks) {
    return new Promise((resolve) => {
      let open = tasks.length;
      this.emit('batch', tasks, () => {
        open--;
        if (open === 0) resolve();
      });
    });
  }
}

module.exports = { TaskSource };
