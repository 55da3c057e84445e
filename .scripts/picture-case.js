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
  const shop = await makeShop();
  const flights = path.join(out, 'flights');
  const env = { ...process.env, LEAKLINE: '1', LEAKLINE_REPORT: 'none', LEAKLINE_FLIGHT: flights, HOSTNAME: 'web-1' };
  console.log(`running the service for ${SECONDS} s …`);
  await capture(process.execPath, ['--require', path.join(root, 'js', 'register.js'), 'src/server.js', String(SECONDS)], { cwd: shop, env, showErrors: true });
  const [flight] = fs.readdirSync(flights).filter((name) => name.endsWith('.lkf')).map((name) => path.join(flights, name));
  await capture(process.execPath, [cli, 'case', flight, '--repo', shop, '--out', out, '--json'], { showErrors: true });
  const page = `file://${path.join(out, 'case.html')}`;
  const shot = (file, width, height, flags = [], url = page) => capture(chromium, [
    '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${path.join(out, 'profile')}`,
    `--window-size=${width},${height}`, ...flags, `--screenshot=${file}`, url,
  ]);
  await shot(path.join(root, 'docs', 'case.png'), 1000, 2050, ['--force-device-scale-factor=0.8']);
  await shot(path.join(out, 'wide.png'), 1440, 4000);
  // Chromium has no window as narrow as a telephone.
  fs.writeFileSync(path.join(out, 'narrow.html'), '<body style="margin:0"><iframe src="case.html" width="360" height="6000" style="border:0"></iframe>');
  await shot(path.join(out, 'narrow.png'), 500, 6000, [], `file://${path.join(out, 'narrow.html')}`);
  await shot(path.join(out, 'dark.png'), 1000, 3000, ['--blink-settings=preferredColorScheme=0']);
  await capture(chromium, ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${path.join(out, 'profile')}`, '--no-pdf-header-footer', `--print-to-pdf=${path.join(out, 'case.pdf')}`, page]);
  console.log(`docs/case.png; ${['wide.png', 'narrow.png', 'dark.png', 'case.pdf'].map((name) => path.relative(root, path.join(out, name))).join(', ')}`);
});

/** The service of the example in a repository of its own. */
async function makeShop() {
  const shop = path.join(out, 'shop');
  const put = (file, text) => {
    fs.mkdirSync(path.dirname(path.join(shop, file)), { recursive: true });
    fs.writeFileSync(path.join(shop, file), text);
  };
  const identity = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  const git = (...args) => capture('git', args, { cwd: shop, env: { ...process.env, ...identity } });
  const server = fs.readFileSync(path.join(root, 'docs', 'examples', 'uploads.js'), 'utf8');
  put('package.json', '{ "name": "shop", "version": "1.4.0", "private": true }\n');
  await git('init', '-q');
  await git('config', 'user.name', 'Ada');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'feat: the shop');
  put('src/server.js', server);
  await git('add', '-A');
  await git('commit', '-q', '-m', 'feat: uploads can be cancelled');
  put('src/server.js', `// The shop.\n\n${server}`);
  await git('commit', '-q', '-am', 'docs: a header');
  return shop;
}
