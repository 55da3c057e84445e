'use strict';

// npm run order: writes src/text-order.ld, the order in which the linker lays out the addon's functions: those that a running
// service calls, then those of its start, then all others. Linux maps what is called in pieces of 64 KiB; scattered over the
// whole addon, a tenth of its code made three quarters of it resident. Run it after larger changes of src/; names that
// no longer exist only lose their place.
//
//   npm run order -- --seconds 60   of load, after the start; 60 unless said otherwise
//
// It needs Linux on x64 with glibc, a C compiler and nm.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { connectLoad } = require('../bench/support/load');
const { startProcess } = require('../bench/support/processes');
const { fileOf, platforms } = require('../js/base/native');
const { build } = require('./build');
const { ensureModules } = require('./ensure');
const { capture, root, run, script, which } = require('./exec');
const { readUsage } = require('./usage');

const START_S = 14;
const REQUESTS_PER_SECOND = 1_000;
const TURN_MS = 500;
/** Until the last service has written what it called. */
const SLACK_S = 4;
/** What was made by its own macros for each exported function runs at the load. */
const AT_LOAD = ['*(.text.startup)', '*(.text*_napi_rs_internal_register_*)'];
const order = path.join(root, 'src', 'text-order.ld');
const values = readUsage(__filename, { seconds: { type: 'string', default: '60' } });

script(async () => {
  if (!/^[1-9]\d*$/.test(values.seconds)) throw new Error(`--seconds takes a whole number from 1 on, not '${values.seconds}'`);
  const missing = ['cc', 'nm'].filter((name) => which(name) === null);
  if (platforms()[0] !== 'linux-x64-gnu' || missing.length > 0) {
    throw new Error(`needs Linux on x64 with glibc, cc and nm${missing.length > 0 ? `; not in PATH: ${missing.join(', ')}` : ''}`);
  }
  ensureModules();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-order-'));
  try {
    const names = await namesOf(unstripped(folder), folder);
    run('cc', ['-O1', '-shared', '-fPIC', '-o', path.join(folder, 'first-calls.so'), path.join(__dirname, 'order', 'first-calls.c'), '-lpthread', '-ldl']);
    await serveTraced(folder);
    const [steady, start] = ['steady', 'start'].map((phase) => called(folder, phase, names));
    if (steady.size === 0) throw new Error('no function was called: the services did not load the traced addon');
    write([...steady], [...start].filter((name) => !steady.has(name)));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  build();
});

/** The addon with its symbols, aside: other processes go on with theirs. */
function unstripped(folder) {
  process.env.CARGO_PROFILE_RELEASE_STRIP = 'none';
  build();
  delete process.env.CARGO_PROFILE_RELEASE_STRIP;
  const addon = path.join(folder, 'traced.node');
  fs.copyFileSync(fileOf(platforms()[0]), addon);
  return addon;
}

/** The functions' names by their addresses, which are written to a file as well. */
async function namesOf(addon, folder) {
  const { code, stdout, stderr } = await capture('nm', ['--print-size', '-t', 'x', '--defined-only', addon]);
  if (code !== 0) throw new Error(`nm: ${stderr}`);
  const names = new Map();
  for (const [, address, name] of stdout.matchAll(/^([0-9a-f]+) [0-9a-f]+ [tT] (\S+)$/gm)) {
    const known = names.get(Number.parseInt(address, 16));
    if (known) known.push(name);
    else names.set(Number.parseInt(address, 16), [name]);
  }
  fs.writeFileSync(path.join(folder, 'symbols'), [...names.keys()].map((address) => `${address.toString(16)}\n`).join(''));
  return names;
}

/** Services in both modes, of which one has nothing to do. */
async function serveTraced(folder) {
  const seconds = START_S + Number(values.seconds);
  console.log(`three services for ${seconds} s`);
  const services = [];
  try {
    for (const name of ['adaptive', 'full', 'adaptive-idle']) services.push(await start(folder, name));
    const until = performance.now() + (seconds + SLACK_S) * 1_000;
    // In turn: the load is one at a time.
    while (performance.now() < until) for (const { load } of services) await load?.open(REQUESTS_PER_SECOND, TURN_MS);
  } finally {
    for (const { load, service } of services) {
      load?.close();
      await service.end();
    }
  }
}

async function start(folder, name) {
  const addon = path.join(folder, 'traced.node');
  const [mode, isIdle] = name.split('-');
  const service = await startProcess(path.join(root, 'bench', 'service', 'serve.js'), {
    node: ['--require', path.join(root, 'js', 'register.js')],
    args: ['express'],
    env: {
      LEAKLINE: mode,
      LEAKLINE_REPORT: 'none',
      // Each reads what those before it left.
      LEAKLINE_FLIGHT: path.join(folder, 'flights'),
      LEAKLINE_NATIVE_PATH: addon,
      LD_PRELOAD: path.join(folder, 'first-calls.so'),
      ORDER_ADDON: addon,
      ORDER_SYMBOLS: path.join(folder, 'symbols'),
      ORDER_OUT: path.join(folder, name),
      ORDER_START: String(START_S),
      ORDER_STEADY: values.seconds,
    },
  });
  return { service, load: isIdle ? null : await connectLoad(service.ready.port) };
}

/** The names of what was called in any of the services in a phase. */
function called(folder, phase, names) {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith(`.${phase}`));
  const addresses = files.flatMap((name) => fs.readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean));
  return new Set([...new Set(addresses)].toSorted().flatMap((address) => names.get(Number.parseInt(address, 16))).map(patternOf));
}

/** A function's section, however its crate was compiled: hashes and references within a mangled name differ from build to build. */
function patternOf(name) {
  return `*(.text*.${name.replaceAll(/Cs[0-9A-Za-z]{6,}_/g, 'Cs*_').replaceAll(/(?<=[A-Za-z_])B[0-9A-Za-z]{1,3}_/g, 'B*_').replace(/\.llvm\.\d+$/, '*')})`;
}

function write(steady, start) {
  const head = "/* Written by 'npm run order', which says what it is for. */";
  const lines = [...steady, ...start, ...AT_LOAD].map((pattern) => `    ${pattern}`);
  fs.writeFileSync(order, `${head}\nSECTIONS\n{\n  .text.first :\n  {\n${lines.join('\n')}\n  }\n}\nINSERT BEFORE .text;\n`);
  console.log(`${path.relative(root, order)}: ${steady.length} functions of a running service, ${start.length} of its start`);
}
