'use strict';

// npm run lint [-- --fix]: the JavaScript rules of .eslint.config.js. A few seconds.

const { ensureModules } = require('./ensure');
const { script, tool } = require('./exec');

script(() => {
  ensureModules();
  // Folders by name: ESLint leaves out those with a dot otherwise.
  tool('eslint', ['--config', '.eslint.config.js', '--max-warnings=0', ...process.argv.slice(2), '.', '.scripts']);
});
