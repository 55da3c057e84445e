import type { LeakMatchers } from '../matchers/index.js';

export type { LeakMatchers, LeakOptions } from '../matchers/index.js';
export { toHaveNoLeaks, toLeak } from '../matchers/index.js';

declare module 'vitest' {
  // The name of the parameter is Vitest's.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface Matchers<T = any> extends LeakMatchers<void> {}
}
