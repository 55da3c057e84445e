'use strict';

// Reads what the services left under the other kernel, with the commands that a person would use.

const fs = require('node:fs');
const path = require('node:path');

const { capture, root } = require('../exec');

const command = path.join(root, 'js', 'cli', 'index.js');
/** What a service may be away from the memory it was killed at. */
const LATEST_MS = 15_000;

/** What is wrong with the files of services that were killed, in words. */
async function wrongInKills(folder, kills) {
  const wrong = [];
  const read = path.join(folder, 'flight');
  const files = fs.readdirSync(read).filter((name) => name.endsWith('.lkf'));
  if (files.length !== kills) wrong.push(`${kills} services left ${files.length} files`);
  const hows = {};
  for (let at = 0; at < kills; at += 1) {
    const [code, groupKills] = fs.readFileSync(path.join(folder, `end.${at}`), 'utf8').trim().split(' ');
    if (code !== '137' || groupKills !== '1') wrong.push(`service ${at} was not ended by the kernel: code ${code}, ${groupKills} kills`);
    const pid = fs.readFileSync(path.join(folder, `pid.${at}`), 'utf8').trim();
    const file = files.find((name) => name.split('.').at(-3) === pid);
    if (file === undefined) wrong.push(`service ${at} left no file`);
    else wrong.push(...await wrongInFile(path.join(read, file), hows));
  }
  console.log(`${files.length} files of ${kills} services that the kernel killed; how they ended by their files: ${JSON.stringify(hows)}`);
  return wrong;
}

async function wrongInFile(file, hows) {
  const { code, stdout, stderr } = await capture(process.execPath, [command, 'report', '--format', 'json', file]);
  if (code !== 0) return [`${file}: ${stderr.trim()}`];
  const [first] = JSON.parse(stdout).sites.filter((site) => site.verdict === 'leak' && site.role !== 'consequence');
  const { stdout: head } = await capture(process.execPath, [command, 'report', file]);
  const how = /\b(out-of-memory|OOM) killer\b/.test(head.split('\n', 3)[1]) ? 'the OOM killer' : head.split('\n', 3)[1];
  hows[how] = (hows[how] ?? 0) + 1;
  const line = first && `${path.basename(first.stack[0].file ?? '')}:${first.stack[0].line}`;
  return line === 'service.js:11' || line === 'service.js:10' ? [] : [`${file}: the leak is said to be at ${line}`];
}

/** What is wrong with the service whose disk stood still. */
async function wrongInStall(folder) {
  const log = Object.fromEntries(fs.readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n').map((line) => [line.split(' ', 1)[0], Number(line.split(' ').at(-1)) * 1000]));
  const all = fs.readFileSync(path.join(folder, 'stalled'), 'utf8').trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const during = all.filter(({ uptimeMs }) => uptimeMs > log.freeze && uptimeMs <= log.unfrozen);
  const before = all.filter(({ uptimeMs }) => uptimeMs <= log.freeze && uptimeMs > log.freeze - LATEST_MS);
  const longest = (looks, name) => Math.max(...looks.map((look) => look[name])).toFixed(1);
  for (const [when, looks] of [['before', before], ['while the disk stood still', during]]) {
    console.log(`${when}: ${looks.length} looks; the collector answered within ${longest(looks, 'collectorMs')} ms, the event loop was late by ${longest(looks, 'loopMs')} ms at most`);
  }
  const wrong = [];
  const frozenMs = log.unfrozen - log.freeze;
  if (during.length < 4) wrong.push(`${during.length} looks while the disk stood still`);
  for (const name of ['collectorMs', 'loopMs']) {
    if (Number(longest(during, name)) > frozenMs / 2) wrong.push(`${name} ${longest(during, name)} while the disk stood still for ${frozenMs.toFixed(0)} ms`);
  }
  const [file] = fs.readdirSync(path.join(folder, 'disk'), { recursive: true }).filter((name) => name.endsWith('.lkf'));
  if (file === undefined) return [...wrong, 'the disk has no file'];
  const { code, stdout, stderr } = await capture(process.execPath, [command, 'report', '--format', 'json', path.join(folder, 'disk', file)]);
  if (code !== 0) return [...wrong, `the file of the disk that stood still: ${stderr.trim()}`];
  const last = all.at(-1).live;
  const live = JSON.parse(stdout).sites.find((site) => site.label.includes('change'))?.live ?? 0;
  console.log(`the file's last state has ${live} of ${last} listeners`);
  if (live < during.at(-1).live) wrong.push(`its last state has ${live} listeners; before the disk moved again there were ${during.at(-1).live}`);
  return wrong;
}

module.exports = { wrongInKills, wrongInStall };
