'use strict';

/** A terminal that is drawn again each second, and whose keys are read. */

const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const KEYS = { '\u001B[A': 'up', k: 'up', '\u001B[B': 'down', j: 'down', '\r': 'enter', '\n': 'enter', '\u001B': 'back', '\u0003': 'quit', q: 'quit', s: 'sort', d: 'since' };

/** An arrow, in either mode of a terminal, or one character. */
const SEQUENCE = new RegExp(`${'\u001B'}[[O][A-Za-z]|[^]`, 'gu');

/**
 * Draws until a key or a signal ends it.
 * @param {object} options
 * @param {(size: { width: number, height: number }) => string[]} options.draw
 * @param {(key: string) => boolean} options.press takes a key; true to end
 * @param {number} [options.everyMs]
 * @returns {Promise<void>}
 */
function show({ draw, press, everyMs = 1000 }) {
  const { stdin, stdout } = process;
  return new Promise((resolve, reject) => {
    const paint = () => {
      try {
        const lines = draw({ width: stdout.columns ?? 80, height: stdout.rows ?? 24 });
        // Over what is there, so that nothing flickers; the rest of each line and of the screen is cleared.
        stdout.write(`\u001B[H${lines.slice(0, stdout.rows ?? 24).map((line) => `${line}\u001B[K`).join('\r\n')}\u001B[J`);
      } catch (reason) {
        end(reason);
      }
    };
    const onData = (text) => {
      for (const key of keysOf(text)) if (press(key)) return end();
      paint();
      return undefined;
    };
    const onSignal = () => end();
    const timer = setInterval(paint, everyMs);
    function end(reason) {
      clearInterval(timer);
      stdin.off('data', onData);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      stdout.off('resize', paint);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, onSignal);
      stdout.write(LEAVE);
      if (reason) reject(reason);
      else resolve();
    }
    stdout.write(ENTER);
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.setEncoding('utf8').on('data', onData).resume();
    stdout.on('resize', paint);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
    paint();
  });
}

module.exports = { show };

/** The keys in one chunk of input. */
function keysOf(text) {
  const parts = text.match(SEQUENCE) ?? [];
  return parts.map((key) => KEYS[key.replace('\u001BO', '\u001B[')]).filter(Boolean);
}
