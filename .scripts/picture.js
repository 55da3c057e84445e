'use strict';

// npm run picture: runs docs/examples/uploads.js under leakline and draws its report as docs/report.svg, for the README.
// A minute; the report is real, and so differs in its numbers from the one before.

const fs = require('node:fs');
const path = require('node:path');

const { ensureAddon } = require('./ensure');
const { capture, root, script } = require('./exec');

const SECONDS = 45;
const WIDTH = 100;
const LINE = 19;
const COLUMN = 8.05;
const MARGIN = 20;
// A colour for a terminal: ESC [ codes m.
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`);
// What the codes of reports are on paper.
const STYLES = { 1: 'font-weight:700', 2: 'fill:#8b949e', 31: 'fill:#ff7b72', 32: 'fill:#7ee787', 33: 'fill:#e3b341', 36: 'fill:#79c0ff' };

script(async () => {
  ensureAddon();
  const program = path.join('docs', 'examples', 'uploads.js');
  const file = path.join(root, 'target', 'picture.json');
  const env = { ...process.env, LEAKLINE: '1', LEAKLINE_REPORT: file };
  console.log(`running ${program} for ${SECONDS} s …`);
  await capture(process.execPath, ['--require', path.join(root, 'js', 'register.js'), program, String(SECONDS)], { env, showErrors: true });
  const args = [path.join(root, 'js', 'cli', 'index.js'), 'report', '--color', '--width', String(WIDTH), file];
  const { stdout } = await capture(process.execPath, args, { showErrors: true });
  const made = path.join(root, 'docs', 'report.svg');
  fs.writeFileSync(made, svg(stdout.trimEnd().split('\n')));
  console.log(`drew ${path.relative(root, made)}:\n\n${stdout}`);
});

function svg(lines) {
  const width = Math.round(WIDTH * COLUMN + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const text = lines.map((line, n) => `<text x="${MARGIN}" y="${MARGIN + (n + 0.75) * LINE}">${spans(line)}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>A report of leakline</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    '<g xml:space="preserve" fill="#e6edf3" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="13.4">',
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The parts of a line, each with its column, as fonts differ in width. */
function spans(line) {
  let column = 0;
  let codes = [];
  let out = '';
  for (const [n, part] of line.split(SGR).entries()) {
    // Between the parts of text stand the codes.
    if (n % 2 === 1) {
      const numbers = part.split(';').map(Number);
      codes = numbers.includes(0) ? [] : [...codes, ...numbers];
      continue;
    }
    if (part.trim() !== '') {
      const style = codes.map((code) => STYLES[code]).filter(Boolean).join(';');
      const lead = part.length - part.trimStart().length;
      const x = (MARGIN + (column + lead) * COLUMN).toFixed(1);
      const length = (part.trim().length * COLUMN).toFixed(1);
      out += `<tspan x="${x}" textLength="${length}"${style && ` style="${style}"`}>${escaped(part.trim())}</tspan>`;
    }
    column += part.length;
  }
  return out;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
