// Commands typed after `:`. Pure, as reduce.ts is.

import { parseAddress, parsePlace } from '../trace/place.ts';
import type { RunView } from '../trace/run-view.ts';
import type { Target } from '../trace/side-view.ts';
import { blame, stopped } from './blame.ts';
import { PANE_IDS, type Reduced, type State } from './state.ts';
import { along, goTo, moving, sideOf, targetText, wishFor } from './travel.ts';

interface Command {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  run(view: RunView, state: State, argument: string): Reduced;
}

const said = (state: State, message: string): Reduced => ({ state: { ...state, message } });

export const COMMANDS: readonly Command[] = [
  {
    name: 'goto',
    usage: ':goto N',
    help: 'to an instruction count, first, start, end, +N, -N or N%',
    run(view, state, argument) {
      const at = placeOf(view, state, argument);
      return at === undefined ? said(state, `${argument} is no position`) : { state: goTo(view, state, at) };
    },
  },
  {
    name: 'find',
    usage: ':find a0==0x41',
    help: 'the next instruction after which a register has a value, on either side',
    run(view, state, argument) {
      const [, name = '', digits = ''] = /^(\S+?)\s*==\s*(0x[0-9a-f]{1,16}|\d{1,20})$/i.exec(argument) ?? [];
      const index = view.registerNamed(name);
      if (index === undefined) return said(state, 'find what? :find a0==0x41');
      const value = BigInt.asUintN(64, BigInt(digits));
      const here = state.at[sideOf(state)];
      const { start, last } = along(view, state);
      for (let step = 1; step <= last - start + 1; step++) {
        const at = start + ((here - start + step) % (last - start + 1));
        if (moving(state).some((side) => view.sides[side].registers(at)[index] === value))
          return { state: goTo(view, state, at) };
      }
      if (view.live)
        return {
          state: wishFor(
            state,
            [{ kind: 'value', index, value }],
            1,
            `${name} is ${digits}`,
            `${name} is never ${digits}`,
          ),
        };
      return said(state, `${name} is never ${digits} in the trace`);
    },
  },
  {
    name: 'mem',
    usage: ':mem ADDRESS',
    help: 'memory from an address on, or from where a register points to',
    run(view, state, argument) {
      const target = targetOf(view, argument);
      if (target === undefined) return said(state, `${argument} is no address and no register`);
      const value =
        target.kind === 'bytes'
          ? target.address
          : Number(BigInt.asIntN(64, view.sides[sideOf(state)].registers(state.at[sideOf(state)])[target.index] ?? 0n));
      if (!Number.isSafeInteger(value)) return said(state, 'that is no address');
      return {
        state: {
          ...state,
          focus: 'memory',
          lower: 'memory',
          address: Math.floor(value / 16) * 16,
          cursors: { ...state.cursors, memory: 0 },
        },
      };
    },
  },
  {
    name: 'watch',
    usage: ':watch a0',
    help: 'c and C stop where a register or the byte at an address is written; without one: watch nothing',
    run(view, state, argument) {
      if (argument === '') return { state: { ...state, watched: [], message: 'nothing is watched' } };
      const target = targetOf(view, argument);
      if (target === undefined) return said(state, `${argument} is no address and no register`);
      return {
        state: { ...state, watched: [...state.watched, target], message: `watching ${targetText(view, target)}` },
      };
    },
  },
  {
    name: 'pane',
    usage: ':pane regs',
    help: `select a pane: ${PANE_IDS.join(', ')}`,
    run(_view, state, argument) {
      const pane = PANE_IDS.find((id) => id === argument);
      if (!pane) return said(state, `there is no pane ${argument}`);
      return { state: { ...state, focus: pane, lower: ['a', 'b', 'regs'].includes(pane) ? state.lower : pane } };
    },
  },
  {
    name: 'bisect',
    usage: ':bisect',
    help: 'name the rewrite to blame; :bisect run: search in the whole run; :bisect stop',
    run(view, state, argument) {
      if (argument === 'stop') return stopped(state);
      if (argument !== '' && argument !== 'run') return said(state, ':bisect, :bisect run or :bisect stop');
      return blame(view, state, argument === 'run' ? 'run' : 'block');
    },
  },
  {
    name: 'export',
    usage: ':export FILE',
    help: 'the report as text',
    run: (_view, state, argument) => ({ state, effect: { kind: 'export', path: argument || 'lockstep-report.txt' } }),
  },
  {
    name: 'save',
    usage: ':save FILE',
    help: 'the recording',
    run: (_view, state, argument) =>
      argument === ''
        ? said(state, 'save where? :save run.lsrec')
        : { state, effect: { kind: 'save', path: argument } },
  },
  {
    name: 'help',
    usage: ':help',
    help: 'keys and commands',
    run: (_view, state) => ({ state: { ...state, help: true, helpTop: 0 } }),
  },
  { name: 'quit', usage: ':quit', help: 'quit', run: (_view, state) => ({ state, effect: { kind: 'quit' } }) },
];

export function runCommand(view: RunView, state: State, text: string): Reduced {
  const [, name = '', argument = ''] = /^(\S*)\s*(.*)$/.exec(text) ?? [];
  if (name === '') return { state };
  // `:50%` and `:1234` are places.
  const at = placeOf(view, state, text);
  if (at !== undefined) return { state: goTo(view, state, at) };
  const known = COMMANDS.filter((command) => command.name.startsWith(name));
  const command = known.find((one) => one.name === name) ?? (known.length === 1 ? known[0] : undefined);
  return command ? command.run(view, state, argument) : said(state, `there is no command ${name}; ? lists them`);
}

/** What Tab makes of the text: a command's name, then a register's or a place's. */
export function completed(view: RunView, text: string): string {
  const [, name = '', space = '', word = ''] = /^(\S*)(\s*)(\S*)$/.exec(text) ?? [];
  if (space === '')
    return `${extended(
      name,
      COMMANDS.map((command) => command.name),
    )}`;
  const words =
    name === 'goto'
      ? ['first', 'start', 'end']
      : name === 'pane'
        ? [...PANE_IDS]
        : view.recording.registers.map((register) => register.name);
  return `${name} ${extended(word, words)}`;
}

/** The longest beginning that all words share which begin like this one. */
function extended(word: string, words: readonly string[]): string {
  const matching = words.filter((one) => one.startsWith(word));
  const [first] = matching;
  if (first === undefined) return word;
  let length = first.length;
  while (!matching.every((one) => one.startsWith(first.slice(0, length)))) length--;
  return matching.length === 1 ? `${first} ` : first.slice(0, length);
}

function placeOf(view: RunView, state: State, text: string): number | undefined {
  return parsePlace(text, view, state.at[sideOf(state)], along(view, state));
}

function targetOf(view: RunView, text: string): Target | undefined {
  const index = view.registerNamed(text);
  if (index !== undefined) return { kind: 'register', index };
  const address = parseAddress(text);
  return address === undefined ? undefined : { kind: 'bytes', address, length: 1 };
}
