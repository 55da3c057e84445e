'use strict';

/** Evaluates in another process through its inspector, which is opened for that and closed again at once. */

const http = require('node:http');
const { setTimeout: wait } = require('node:timers/promises');

const { connect } = require('./websocket');

const HOST = '127.0.0.1';
/** How long an inspector may take to open, and an answer to come: a process that swaps is slow. */
const LIMIT_MS = 10_000;

/** What an inspector on a port says of itself; null where there is none. */
function targets(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: HOST, port, path: '/json/list', timeout: 2_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.once('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch {
          resolve([]);
        }
      });
    });
    request.once('error', () => resolve(null));
    request.once('timeout', () => request.destroy());
  });
}

/**
 * Opens the inspector of a process, evaluates, and closes it.
 * @param {number} pid
 * @param {number} port where it will listen
 * @param {string} expression
 * @returns {Promise<{ value: unknown, openMs: number }>} the value as JSON, and how long the inspector was open
 * @throws {Error} with `step`: `open`, `other` or `evaluate`
 */
async function evaluateIn(pid, port, expression) {
  process._debugProcess(pid);
  const list = await until(() => targets(port));
  if (list === null) throw failure('open', 'no inspector opened');
  const since = Date.now();
  const client = await connect({ host: HOST, port, path: new URL(list[0].webSocketDebuggerUrl).pathname, timeoutMs: LIMIT_MS });
  const session = sessionOf(client);
  try {
    const found = await session('process.pid');
    if (found !== pid) throw failure('other', `the inspector on port ${port} is of process ${found}`);
    const value = await session(expression);
    return { value, openMs: Date.now() - since };
  } finally {
    // It ends once no client is connected, so this client must not wait for its answer.
    session('process._debugEnd()').catch(() => {});
    await wait(20);
    client.close();
    await until(async () => (await targets(port)) === null);
  }
}

module.exports = { targets, evaluateIn };

function sessionOf(client) {
  const waiting = new Map();
  let id = 0;
  client.onText = (text) => {
    const message = JSON.parse(text);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  };
  return async (expression) => {
    const number = ++id;
    const answer = new Promise((resolve) => waiting.set(number, resolve));
    client.onClose = () => waiting.forEach((resolve) => resolve({ error: { message: 'the connection ended' } }));
    client.send(JSON.stringify({ id: number, method: 'Runtime.evaluate', params: { expression, returnByValue: true, includeCommandLineAPI: true } }));
    const late = wait(LIMIT_MS, { error: { message: 'no answer in time' } }, { ref: false });
    const { result, error } = await Promise.race([answer, late]);
    const problem = error?.message ?? result?.exceptionDetails?.exception?.description ?? result?.exceptionDetails?.text;
    if (problem !== undefined) throw failure('evaluate', problem.split('\n', 1)[0]);
    return result.result.value;
  };
}

async function until(look) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await wait(20)) {
    const found = await look();
    if (found) return found;
  }
  return null;
}

function failure(step, message) {
  return Object.assign(new Error(message), { step });
}
