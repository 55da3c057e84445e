'use strict';

class OutOfStockError extends Error {}

/** How many of each product are left. Reservations of several instances may meet, so each is a transaction. */
class Stock {
  constructor(pool) {
    this.pool = pool;
  }

  /** Takes `quantity` of a product; resolves to how many are left. */
  async reserve(product, quantity) {
    const key = `stock:${product}`;
    const connection = await this.pool.acquire();
    try {
      await connection.watch(key);
      const left = Number(await connection.get(key));
      if (left < quantity) {
        await connection.unwatch();
        throw new OutOfStockError(`${product}: ${left} left, ${quantity} wanted`);
      }
      const done = await connection.multi().decrby(key, quantity).exec();
      if (done === null) throw new Error(`${product}: somebody else was faster`);
      return left - quantity;
    } finally {
      await this.pool.release(connection);
    }
  }
}

module.exports = { OutOfStockError, Stock };
