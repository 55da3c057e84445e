'use strict';

// Another user of V8's sampling heap profiler, of which an isolate has one.

const { Session } = require('node:inspector');

const INTERVAL = 4096;

/**
 * @param {string} name inspector, as DevTools use it; the file of @datadog/pprof; or none, where Node itself runs it for `--heap-prof`
 * @param {string} wanted a function, for which profiles are searched
 * @returns {{ start(): unknown, sees(): unknown, stop(): unknown }} each may return a promise; `sees` and `stop` are to whether
 * the function is in the profile
 */
function otherProfiler(name, wanted) {
  if (name === 'none') return { start() {}, sees: () => true, stop: () => true };
  return name === 'inspector' ? inspector(wanted) : datadog(name, wanted);
}

function inspector(wanted) {
  const session = new Session();
  session.connect();
  const post = (method, params) => new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result)));
  });
  const names = (node) => node.callFrame.functionName === wanted || node.children.some(names);
  return {
    start: () => post('HeapProfiler.startSampling', { samplingInterval: INTERVAL }),
    sees: async () => names((await post('HeapProfiler.getSamplingProfile')).profile.head),
    stop: async () => names((await post('HeapProfiler.stopSampling')).profile.head),
  };
}

function datadog(file, wanted) {
  const { heap } = require(file);
  const sees = () => heap.profile().stringTable.strings.includes(wanted);
  return {
    start: () => heap.start(INTERVAL, 64),
    sees,
    stop() {
      const seen = sees();
      heap.stop();
      return seen;
    },
  };
}

module.exports = { otherProfiler };
