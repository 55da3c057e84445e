'use strict';

/** What a Node says of itself, as checks. */

const path = require('node:path');

/** The oldest major that leakline runs on, and those that it is tested with. */
const OLDEST = 20;
const TESTED = [20, 22, 24, 26];

/**
 * @param {object} seen what `probe.js` printed
 * @returns {{ state: 'ok' | 'note' | 'bad', name: string, text: string, hint?: string }[]}
 */
function process(seen) {
  return [node(seen), addon(seen), platformPackage(seen), permissions(seen), hooks(seen), patches(seen)].filter(Boolean);
}

module.exports = { process };

function node({ node: given, execPath }) {
  const major = Number(/\d+/.exec(given)[0]);
  const text = `${given} (${execPath})`;
  if (major < OLDEST) return { state: 'bad', name: 'node', text, hint: `leakline needs Node ${OLDEST} or later.` };
  if (TESTED.includes(major)) return { state: 'ok', name: 'node', text };
  return { state: 'note', name: 'node', text: `${text}: not among those tested, ${TESTED.join(', ')}` };
}

function addon({ addon: { file, problem, hint } }) {
  if (problem === undefined) return { state: 'ok', name: 'addon', text: `loads from ${file}` };
  return { state: 'bad', name: 'addon', text: problem.replace(hint ?? '', '').trim().split('\n').join('; ').replace(/\s+/g, ' '), hint };
}

function platformPackage({ platforms, addon: { file } }) {
  const name = 'package';
  if (file === undefined) return null;
  const { version } = require('../../../package.json');
  const folder = path.dirname(file);
  if (!/^leakline-/.test(path.basename(folder))) {
    return { state: 'note', name, text: `${version}; the addon is not that of a package (${platforms.map((each) => `leakline-${each}`).join(' or ')})` };
  }
  const own = require(path.join(folder, 'package.json')).version;
  if (own === version) return { state: 'ok', name, text: `leakline and ${path.basename(folder)} ${version}` };
  return { state: 'bad', name, text: `leakline is ${version}, ${path.basename(folder)} is ${own}`, hint: "Run 'npm ci', so that both have one version." };
}

function permissions({ hasPermission, flags }) {
  const name = 'permissions';
  if (flags.includes('--no-addons')) return { state: 'bad', name, text: '--no-addons forbids every native addon', hint: 'Leave it out.' };
  if (!hasPermission) return { state: 'ok', name, text: 'Node runs without --permission' };
  return { state: 'note', name, text: 'Node runs with --permission: reports and flight files need --allow-fs-write, workers --allow-worker' };
}

function hooks({ hooks: seen }) {
  const name = 'hooks';
  if (seen === null) return { state: 'bad', name, text: 'not tried: there is no addon' };
  if (!seen.isRestored) return { state: 'bad', name, text: 'stop() does not put back what was there', hint: 'Another module patches at the same time; please report it.' };
  if (seen.notes.length > 0) return { state: 'note', name, text: seen.notes.join('; ') };
  return { state: 'ok', name, text: `${seen.kinds.join(', ')}: installed and taken out again` };
}

function patches({ patched, unseen }) {
  const name = 'patched by others';
  if (unseen !== undefined) return { state: 'note', name, text: `not known: ${unseen}` };
  if (patched.length === 0) return { state: 'ok', name, text: 'no function that leakline patches' };
  return {
    state: 'note',
    name,
    text: patched.join(', '),
    hint: 'Preload leakline first, so that its frames are below theirs: in front of the other --require or --import.',
  };
}
