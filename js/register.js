'use strict';

/** Reads the environment and starts. With LEAKLINE unset or off nothing else is loaded. */

const given = process.env.LEAKLINE;
if (given && given !== '0' && given !== 'off') {
  try {
    require('./api/autostart.js').startFromEnvironment(process.env);
  } catch (error) {
    // Not even this file's neighbours can be read, under the permission model for instance.
    process.stderr.write(`leakline: ${error.message}; leakline stays off\n`);
  }
}
