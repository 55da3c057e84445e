'use strict';

/**
 * @param {(string | RegExp)[]} patterns part of a file, the name of a package or function, or a
 * pattern for either
 * @returns {(stack: { function: string | null, file: string }[]) => boolean} true for a stack whose
 * first frame outside Node matches
 */
function isIgnored(patterns) {
  if (patterns.length === 0) return () => false;
  return (stack) => {
    const frame = stack.find(({ file }) => !file.startsWith('node:') && !file.startsWith('<'));
    return frame !== undefined && patterns.some((pattern) => matches(pattern, frame));
  };
}

function matches(pattern, { function: name, file }) {
  if (typeof pattern === 'string') {
    return name === pattern || file.includes(pattern);
  }
  // A global pattern remembers where it was.
  pattern.lastIndex = 0;
  if (pattern.test(file)) return true;
  pattern.lastIndex = 0;
  return name !== null && pattern.test(name);
}

module.exports = { isIgnored };
