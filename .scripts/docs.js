'use strict';

// npm run docs [-- --check]: writes docs/command.md from the command's own help. With --check it writes nothing, and ends
// with 1 when that page is out of date, when a link between Markdown files leads nowhere, or when a page is reached by none.

const fs = require('node:fs');
const path = require('node:path');

const { capture, root, script } = require('./exec');
const { readUsage } = require('./usage');

const COMMAND = path.join('docs', 'command.md');

module.exports = { check, linksOf };

if (require.main === module) {
  const values = readUsage(__filename, { check: { type: 'boolean' } });
  script(async () => {
    if (!values.check) return fs.writeFileSync(path.join(root, COMMAND), await commandPage());
    await check();
  });
}

async function check() {
  const pages = markdown();
  const problems = [...deadLinks(pages), ...unreached(pages)];
  if (fs.readFileSync(path.join(root, COMMAND), 'utf8') !== await commandPage()) {
    problems.push(`${COMMAND} is not what the command's help says: run 'npm run docs'`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  console.log(`documentation: ${pages.length} pages, no dead link`);
}

async function commandPage() {
  const commands = Object.keys(require('../js/cli/commands'));
  const sections = [];
  for (const name of commands.filter((command) => command !== 'help')) {
    const { stdout } = await capture(process.execPath, [path.join(root, 'js', 'cli', 'index.js'), name, '--help'], { showErrors: true });
    const [summary, ...rest] = stdout.trim().split('\n');
    sections.push(`## leakline ${name}\n\n${summary}\n\n\`\`\`\n${rest.join('\n').trim()}\n\`\`\`\n`);
  }
  const list = commands.filter((command) => command !== 'help').map((name) => `[${name}](#leakline-${name})`).join(' · ');
  return [
    '# The command',
    '',
    'Each command says with `--help` what it takes. Exit codes: 0 done, 1 found what `--fail-on` asks for or failed, 2 a mistake in the call. Of `run` and `test`: the program\'s own, 127 where it is not there, 126 where it may not be run.',
    '',
    list,
    '',
    sections.join('\n'),
  ].join('\n');
}

function markdown() {
  const at = (folder) => fs.readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  const top = fs.readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...top, ...at('docs'), ...at('examples').filter((file) => !file.includes('node_modules'))];
}

/** Where a page's links lead, without their code blocks: `[file, anchor]`, of this repository only. */
function linksOf(page) {
  const text = read(page).replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => target.split('#'))
    .map(([file, anchor]) => [file === '' ? page : path.join(path.dirname(page), file), anchor]);
}

function deadLinks(pages) {
  const problems = [];
  for (const page of pages) {
    for (const [file, anchor] of linksOf(page)) {
      if (!fs.existsSync(path.join(root, file))) problems.push(`${page}: there is no ${file}`);
      else if (anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor)) {
        problems.push(`${page}: ${file} has no heading #${anchor}`);
      }
    }
  }
  return problems;
}

function unreached(pages) {
  const reached = new Set(pages.flatMap((page) => linksOf(page).map(([file]) => path.normalize(file))));
  return pages.filter((page) => page.startsWith('docs') && !reached.has(page)).map((page) => `${page}: no page links to it`);
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(page) {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

function read(page) {
  return fs.readFileSync(path.join(root, page), 'utf8');
}
