/** What a leak does to a test: `fail` it, be reported in a `report`, or nothing at all. */
export type Level = 'fail' | 'report' | 'off';

/**
 * Sets what a leak does, for the tests around the call: within a test for that test; in the body of a `describe` for
 * its tests; at the top of a file for all of the file's. The nearest wins; beyond the file it is the configuration's
 * `leaks`, and at last the environment's `LEAKLINE_LEAKS`. Default `'fail'`.
 *
 * In Mocha files share one root: there a call at the top of a file is for all files.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_NOT_WATCHED` when no setup file of leakline is in use; `ERR_LEAKLINE_OPTION`
 * @example
 * const { setLeakLevel } = require('leakline/testing');
 *
 * describe('the legacy importer', () => {
 *   setLeakLevel('report');
 *   test('imports', () => { … });
 * });
 */
export function setLeakLevel(level: Level): void;
