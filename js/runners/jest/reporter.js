'use strict';

/**
 * A reporter for Jest that prints what all test files left behind, once, at the end of the run:
 *
 *   reporters: ['default', ['leakline/jest/reporter', { json: 'leaks.json' }]]
 *
 * The leaks fail their tests by themselves; this only sums up.
 */

const { checked } = require('../../base/options.js');
const { columnsOf, hasColor } = require('../../base/terminal.js');

class LeaklineReporter {
  #options;
  #run = null;
  /** What the variables of the run were before it. */
  #before = [];

  /**
   * @param {object} _globalConfig Jest's
   * @param {{ json?: string, quiet?: boolean }} [options] `json`: a file for the summary as JSON; `quiet`: print none
   * @throws ERR_LEAKLINE_OPTION
   */
  constructor(_globalConfig, options) {
    this.#options = checked('reporter', options, "the reporter's options");
  }

  /** Workers start after this, and inherit the environment. */
  onRunStart() {
    this.#run = require('../core/run.js').begin();
    if (this.#run === null) return;
    this.#before = Object.keys(this.#run.env).map((name) => [name, process.env[name]]);
    Object.assign(process.env, this.#run.env);
  }

  onRunComplete() {
    if (this.#run === null) return;
    const run = this.#run;
    this.#run = null;
    for (const [name, value] of this.#before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    const text = { color: hasColor(process.stderr), width: columnsOf(process.stderr) };
    const print = (text) => process.stderr.write(`\n${text}`);
    require('../core/run.js').end(run, { ...this.#options, print, text });
  }
}

module.exports = LeaklineReporter;
