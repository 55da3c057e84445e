'use strict';

/** Reads the environment and starts. With LEAKLINE unset or off nothing else is loaded. */

const given = process.env.LEAKLINE;
if (given && given !== '0' && given !== 'off') require('./autostart.js').startFromEnvironment(process.env);
