// For `import { expect } from '@jest/globals'`: reference it once, as `import 'leakline/jest/globals'`.
import 'expect';
import type { LeakMatchers } from './index.js';

declare module 'expect' {
  // The names of the parameters are Jest's.
  interface Matchers<R extends void | Promise<void>, T = unknown> extends LeakMatchers<R> {}
}

export * from './index.js';
