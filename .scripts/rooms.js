'use strict';

// npm run rooms: no circle of imports in `src/` and `js/`, and none against the order of their rooms. A few seconds.

const fs = require('node:fs');
const path = require('node:path');

for (const name of ['rooms-rust.js', 'rooms-js.js']) {
  const file = path.join(__dirname, name);
  if (fs.existsSync(file)) require(file);
}
