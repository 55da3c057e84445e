'use strict';

// The heap profiler as its README starts it: a sample in 512 KiB, 64 frames.

require(process.env.BENCH_PPROF).heap.start(512 * 1024, 64);
