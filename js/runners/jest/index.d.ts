import type { LeakMatchers } from '../matchers/index.js';

export type { LeakMatchers, LeakOptions } from '../matchers/index.js';
export { toHaveNoLeaks, toLeak } from '../matchers/index.js';

declare global {
  namespace jest {
    // The names of the parameters are Jest's.
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    interface Matchers<R, T = {}> extends LeakMatchers<R> {}
  }
}
