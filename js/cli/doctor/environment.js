'use strict';

/** What the environment says to leakline, as checks. */

const path = require('node:path');

const { fromEnvironment } = require('../../base/options');
const { tables, variables } = require('../../base/option-table');

const OFF = ['', '0', 'off', 'false'];
const REGISTER = path.join(__dirname, '..', '..', 'register.js');

/**
 * @param {Record<string, string | undefined>} env
 * @param {object} seen what `probe.js` printed
 * @returns {{ state: 'ok' | 'note' | 'bad', name: string, text: string, hint?: string }[]}
 */
function environment(env, seen) {
  return [mode(env), preload(env, seen), ...settings(env)];
}

module.exports = { environment };

function mode({ LEAKLINE: given = '' }) {
  const name = 'mode';
  if (given === 'standby') return { state: 'ok', name, text: 'LEAKLINE=standby: records from the signal on' };
  if (!OFF.includes(given.trim().toLowerCase())) return { state: 'ok', name, text: `LEAKLINE=${given}` };
  return { state: 'note', name, text: 'LEAKLINE is not set: a service records only where it calls start()', hint: 'Set LEAKLINE=1.' };
}

function preload({ LEAKLINE: given = '' }, { preloads }) {
  const name = 'preload';
  const [first] = preloads;
  if (preloads.length > 1) return { state: 'bad', name, text: `several copies of leakline: ${preloads.join(', ')}`, hint: 'Preload one of them.' };
  if (first !== undefined) return { state: 'ok', name, text: first };
  const isOn = !OFF.includes(given.trim().toLowerCase());
  return {
    state: isOn ? 'bad' : 'note',
    name,
    text: isOn ? 'LEAKLINE is set, and node does not load leakline/register' : 'node does not load leakline/register',
    hint: `Set NODE_OPTIONS="--require ${REGISTER}", or run node --require leakline/register.`,
  };
}

/** Each variable that is wrong or misspelt has a line; those that are right share one. */
function settings(env) {
  const name = 'variables';
  const wrong = [];
  const on = OFF.includes((env.LEAKLINE ?? '').trim().toLowerCase()) || env.LEAKLINE === 'standby' ? 'adaptive' : env.LEAKLINE;
  fromEnvironment({ ...env, LEAKLINE: on }, (line) => wrong.push(line));
  for (const [variable, { test, rule }] of Object.entries(variables)) {
    if (env[variable] && test !== undefined && !test(env[variable])) wrong.push(`${variable} must be ${rule}; given ${JSON.stringify(env[variable])}`);
  }
  wrong.push(...accepted(env));
  if (wrong.length > 0) return wrong.map((text) => ({ state: 'bad', name, text }));
  const known = [...Object.keys(variables), ...Object.values(tables.start).flatMap(({ variable }) => variable ?? [])];
  const given = known.filter((variable) => env[variable] && variable !== 'LEAKLINE' && !variables[variable]?.isOwn);
  return [{ state: 'ok', name, text: given.length === 0 ? 'none beside LEAKLINE: defaults' : given.map((each) => `${each}=${env[each]}`).join(' ') }];
}

/** What is wrong with the files of accepted leaks. */
function accepted(env) {
  const { allowedLeaks } = require('../../engine/allowed.js');
  return ['allow', 'baseline'].flatMap((option) => {
    const variable = tables.start[option].variable;
    if (!env[variable]) return [];
    try {
      allowedLeaks(require('../../base/native').load(), { [option]: env[variable] });
      return [];
    } catch (reason) {
      return [`${variable}: ${reason.message}`];
    }
  });
}
