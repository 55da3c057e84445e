/**
 * Watches each test of a file: `setupFiles: ['leakline/vitest/setup']`. Vitest runs this before each test
 * file, in the file's realm; the watch is fetched from the main one.
 */

import { createRequire } from 'node:module';
import * as vitest from 'vitest';

const { requireMain } = createRequire(import.meta.url)('../../base/realm.js');

requireMain('runners/vitest/adapter.js').watchFile(globalThis, vitest);
