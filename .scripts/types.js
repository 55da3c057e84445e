'use strict';

// npm run types: js/index.d.ts and js/types/ against __test__/types, which uses all of it, and the TypeScript of the examples. A few
// seconds.

const { ensureModules } = require('./ensure');
const { script, tool } = require('./exec');

script(() => {
  ensureModules();
  tool('tsc', ['-p', '.scripts/tsconfig.json']);
  tool('tsc', ['-p', 'examples/api-server', '--noEmit']);
});
