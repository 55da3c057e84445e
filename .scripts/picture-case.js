'use strict';

// npm run picture:case: makes a case of docs/examples/uploads.js, and takes pictures of its page in a headless Chromium:
// docs/case.png, and in target/case/ those of other widths, dark, and printed. A minute.

const fs = require('node:fs');
const path = require('node:path');

const { ensureAddon } = require('./ensure');
const { capture, root, script, which } = require('./exec');

const SECONDS = 50;
const out = path.join(root, 'target', 'case');
const cli = path.join(root, 'js', 'cli', 'index.js');

script(async () => {
  const chromium = ['chromium', 'chromium-browser', 'google-chrome'].map(which).find(Boolean);
  if (chromium === undefined) throw new Error('chromium is not installed');
  ensureAddon();
  fs.rmSync(out, { recursive: true, force: true });
  const flights = path.join(out, 'flights');
  const program = path.join('docs', 'examples', 'uploads.js');
  const env = { ...process.env, LEAKLINE: '1', LEAKLINE_REPORT: 'none', LEAKLINE_FLIGHT: flights };
  console.log(`running ${program} for ${SECONDS} s …`);
  await capture(process.execPath, ['--require', path.join(root, 'js', 'register.js'), program, String(SECONDS)], { env, showErrors: true });
  const [flight] = fs.readdirSync(flights).filter((name) => name.endsWith('.lkf')).map((name) => path.join(flights, name));
  await capture(process.execPath, [cli, 'case', flight, '--out', out, '--json'], { showErrors: true });
  const page = `file://${path.join(out, 'case.html')}`;
  const shot = (file, width, height, flags = []) => capture(chromium, [
    '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${path.join(out, 'profile')}`,
    `--window-size=${width},${height}`, ...flags, `--screenshot=${file}`, page,
  ]);
  await shot(path.join(root, 'docs', 'case.png'), 1000, 1500);
  await shot(path.join(out, 'wide.png'), 1440, 4000);
  await shot(path.join(out, 'narrow.png'), 500, 6000);
  await shot(path.join(out, 'dark.png'), 1000, 3000, ['--enable-features=WebContentsForceDark', '--blink-settings=preferredColorScheme=0']);
  await capture(chromium, ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${path.join(out, 'profile')}`, '--no-pdf-header-footer', `--print-to-pdf=${path.join(out, 'case.pdf')}`, page]);
  console.log(`docs/case.png; ${['wide.png', 'narrow.png', 'dark.png', 'case.pdf'].map((name) => path.relative(root, path.join(out, name))).join(', ')}`);
});
