'use strict';

// Preloaded into Jest: what this process used, as a line of the file that USAGE_FILE names. Jest's workers are forked
// with the same preload; threads are part of their process.

const fs = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const file = process.env.USAGE_FILE;

if (file && isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    fs.appendFileSync(file, `${JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssBytes: maxRSS * 1024 })}\n`);
  });
}
