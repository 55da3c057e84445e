import type { LeakMatchers } from '../jest/index.js';

export type { LeakMatchers, LeakOptions } from '../jest/index.js';
export { toHaveNoLeaks, toLeak } from '../jest/index.js';

declare module 'vitest' {
  // The name of the parameter is Vitest's.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface Matchers<T = any> extends LeakMatchers<void> {}
}
