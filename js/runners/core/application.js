'use strict';

/**
 * Whether a leak is the application's to fix; those of packages are reported, and fail nothing.
 * @param {{ origin: { file: string } | null }} leak
 */
function isOfApplication({ origin }) {
  return origin !== null && !/[\\/]node_modules[\\/]/.test(origin.file);
}

module.exports = { isOfApplication };
