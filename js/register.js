'use strict';

/** Reads the environment and starts. With LEAKLINE unset or off nothing else is loaded. */

const env = process.env.pm2_env === undefined || process.env.LEAKLINE !== undefined ? process.env : withLate(process.env);
const given = env.LEAKLINE;
if (given && given !== '0' && given !== 'off') {
  try {
    if (given === 'standby') require('./api/standby.js').standBy(env);
    else require('./api/autostart.js').startFromEnvironment(env);
  } catch (error) {
    // Not even this file's neighbours can be read, under the permission model for instance.
    process.stderr.write(`leakline: ${error.message}; leakline stays off\n`);
  }
}

/** In its cluster mode pm2 hands the variables of an application over as JSON, and sets them after what is preloaded. */
function withLate(early) {
  try {
    const late = JSON.parse(early.pm2_env);
    const all = { ...late.env, ...late };
    const ours = Object.entries(all).filter(([name, value]) => name.startsWith('LEAKLINE') && typeof value !== 'object');
    return { ...early, ...Object.fromEntries(ours.map(([name, value]) => [name, String(value)])) };
  } catch {
    return early;
  }
}
