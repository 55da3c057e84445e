'use strict';

const { error } = require('../base/errors');
const { hasColor } = require('../base/terminal');
const { directories, listFlights, readFlight, target } = require('./flight/files');
const { countOf, keyOf, listScreen, processScreen } = require('./flight/screen');
const { show } = require('./flight/terminal');
const { print } = require('./output');
const { oneOf, parse } = require('./parse');

const summary = 'watch a process: what leaks now, be it blocked, dead, or in another container';

const usage = ['leakline top [OPTIONS] [PID|FILE.lkf]', 'leakline top --all'];

const SORTS = ['suspicion', 'growth', 'live', 'age'];

const options = {
  all: { type: 'boolean', help: 'list all processes that record' },
  sort: { type: 'string', value: 'WHAT', help: 'what comes first: suspicion, growth, live, age (suspicion)' },
  once: { type: 'boolean', help: 'print once and end (when not printing to a terminal)' },
  json: { type: 'boolean', help: 'print JSON once: the flight file with its snapshot, or a list with --all' },
  color: { type: 'boolean', help: 'use colour (when printing to a terminal)' },
  'no-color': { type: 'boolean', help: 'use none' },
};

const notes = [
  'Without PID it is the only process that records, or a list.',
  'Keys: q quit, s sort, d count from now, up and down select, Enter shows the stack.',
];

async function run(args) {
  const { values, positionals } = parse('top', options, args);
  const sort = oneOf('top', 'sort', values.sort, SORTS) ?? 'suspicion';
  if (positionals.length > 1) throw error('ERR_LEAKLINE_USAGE', `top takes one process or file, got ${positionals.length}.`, 'top');
  const chosen = values.all ? null : chosenOf(positionals[0]);
  if (values.json) {
    print(JSON.stringify(chosen === null ? list() : read(chosen, { sort }), null, 2));
    return 0;
  }
  const color = values['no-color'] ? false : values.color ?? hasColor(process.stdout);
  if (values.once || !process.stdout.isTTY) return printOnce(chosen, sort, color);
  await watch(chosen, sort, color);
  return 0;
}

module.exports = { summary, usage, options, notes, run };

/** What is looked at; null for the list. */
function chosenOf(text) {
  if (text !== undefined) return target(text);
  const running = list().filter(({ runs }) => runs);
  if (running.length === 1) return { file: running[0].path, pid: running[0].identity.pid };
  return null;
}

function list() {
  return listFlights(directories());
}

function read({ file, pid }, query) {
  return readFlight(file, { pid, ...query });
}

function printOnce(chosen, sort, color) {
  const view = { width: process.stdout.columns ?? 120, height: 0, color, sort, selected: -1, isOpen: false, since: null, sinceMs: 0, keys: false };
  const lines = chosen === null ? listScreen(list(), view) : processScreen(read(chosen, { sort, most: 30 }), view);
  print(lines.map((line) => line.trimEnd()).join('\n'));
  return 0;
}

function watch(first, sort, color) {
  const state = { chosen: first, sort, selected: 0, isOpen: false, since: null, sinceAt: 0, flights: [] };
  const draw = ({ width, height }) => {
    const view = { width, height, color, sort: state.sort, selected: state.selected, isOpen: state.isOpen, since: state.since, sinceMs: Date.now() - state.sinceAt, keys: true };
    if (state.chosen === null) {
      state.flights = list();
      state.selected = view.selected = clamp(state.selected, state.flights.length);
      return listScreen(state.flights, view);
    }
    const flight = read(state.chosen, { sort: state.sort, most: Math.max(height, 20) + state.selected });
    state.selected = view.selected = clamp(state.selected, flight.snapshot.sites.length);
    return processScreen(flight, view);
  };
  const press = (key) => {
    const actions = {
      quit: () => true,
      back: () => {
        if (state.isOpen) state.isOpen = false;
        else if (first === null && state.chosen !== null) Object.assign(state, { chosen: null, selected: 0, since: null });
        else return true;
        return false;
      },
      up: () => void state.selected--,
      down: () => void state.selected++,
      sort: () => void (state.sort = SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length]),
      since: () => {
        if (state.chosen === null) return;
        const { sites } = read(state.chosen, {}).snapshot;
        Object.assign(state, { since: new Map(sites.map((site) => [keyOf(site), countOf(site)])), sinceAt: Date.now() });
      },
      enter: () => {
        if (state.chosen !== null) state.isOpen = !state.isOpen;
        else if (state.flights[state.selected]) Object.assign(state, { chosen: { file: state.flights[state.selected].path }, selected: 0 });
      },
    };
    return actions[key]?.() === true;
  };
  return show({ draw, press });
}

function clamp(selected, count) {
  return Math.max(0, Math.min(selected, count - 1));
}
