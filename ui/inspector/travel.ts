// Moving along the trace: steps, runs, writers, hits of a search. Pure.

import type { Side } from '../../lockstep/index.ts';
import type { Wanted, WhereTo } from '../../lockstep/travel/index.ts';
import { codeRows } from '../panes/code.ts';
import type { Position, RunView, Stretch } from '../trace/run-view.ts';
import type { SideView, Step, Target } from '../trace/side-view.ts';
import { contentOf, cursorOf, selected } from './content.ts';
import { roomOf } from './geometry.ts';
import type { Action } from './keys.ts';
import type { State } from './state.ts';

/** Keys that move along the trace. */
export function travel(view: RunView, state: State, action: Action): State {
  const side = sideOf(state);
  const here = state.at[side];
  const of = view.sides[side];
  const { start, last } = along(view, state);
  switch (action) {
    case 'step':
      return here < last ? goTo(view, state, here + 1) : beyond(view, state, here + 1, 'the trace ends here');
    case 'stepBack':
      return here > start ? goTo(view, state, here - 1) : beyond(view, state, here - 1, 'the trace begins here');
    case 'block':
      return goTo(view, state, of.nextBlock(here) ?? (view.live && here >= last ? here + 1 : last));
    case 'blockBack': {
      if (view.live && here === start) return goTo(view, state, here - 1);
      const block = of.blockStart(here);
      return goTo(view, state, block < here ? block : of.blockStart(Math.max(start, here - 1)));
    }
    case 'first':
      return goTo(view, state, view.first);
    case 'run':
    case 'runBack': {
      const direction = action === 'run' ? 1 : -1;
      const stop = stopAfter(view, state, direction);
      if (stop === undefined && view.live && state.watched.length > 0)
        return wishForWrite(view, state, state.watched, direction);
      return goTo(view, state, stop ?? (direction > 0 ? last : start));
    }
    case 'nextHit':
      return found(view, state, hit(view, state, 1));
    case 'previousHit':
      return found(view, state, hit(view, state, -1));
    case 'lastWriter':
    case 'nextWriter':
    case 'previousAccess':
    case 'nextAccess':
      return seek(view, state, action);
    default:
      return state;
  }
}

export function goTo(view: RunView, state: State, icount: number): State {
  const trace = along(view, state);
  if (view.traced && !trace.holds(icount)) {
    const text = `instruction ${Math.max(0, icount)} is not in the ${view.live ? 'trace' : 'recording'}`;
    if (view.live) return beyond(view, state, icount, text);
    return { ...moveTo(view, state, icount), message: `${text}, which has ${trace.start} to ${trace.last}` };
  }
  return moveTo(view, state, icount);
}

/** What is not in the trace the run is asked for, where there still is one. */
function beyond(view: RunView, state: State, to: number, otherwise: string): State {
  if (!view.live) return { ...state, message: otherwise };
  if (to < 0) return { ...state, message: 'the run begins here' };
  return { ...state, wish: { kind: 'go', to, side: alone(state) } };
}

function wishForWrite(view: RunView, state: State, targets: readonly Target[], direction: 1 | -1): State {
  const what = targets.map((target) => targetText(view, target)).join(', ');
  return wishFor(state, targets, direction, `writes ${what}`, `no write of ${what}`);
}

/** What the trace does not have the run is asked for. */
export function wishFor(
  state: State,
  wanted: readonly Wanted[],
  direction: 1 | -1,
  message: string,
  none: string,
): State {
  const whereTo: WhereTo = {
    ...{ wanted, from: state.at[sideOf(state)], direction: direction > 0 ? 'forward' : 'backward' },
    sides: moving(state),
  };
  const otherwise = `${none} ${direction < 0 ? 'before' : 'after'} this in the run`;
  return { ...state, wish: { kind: 'find', whereTo, message, otherwise, side: alone(state) } };
}

/** The run has been asked: it is seen around another place now, on the side that went there or on both. */
export function arrived(
  before: RunView,
  view: RunView,
  state: State,
  to: number,
  message: string,
  side: Side | undefined,
): State {
  const index = state.cursors.regs === undefined ? undefined : selectedRegister(before, state);
  const { a: _, b: __, code: ___, ...cursors } = state.cursors;
  const at: Position = side ? { ...state.at, [side]: view.sides[side].clamp(to) } : view.both(to);
  const there = { ...state, at, linked: side === undefined, cursors, journey: undefined, message };
  const row = registersOf(view, there).findIndex(({ target }) => target?.kind === 'register' && target.index === index);
  return row < 0 ? there : { ...there, cursors: { ...cursors, regs: row } };
}

function moveTo(view: RunView, state: State, icount: number): State {
  const side = sideOf(state);
  const at: Position = state.linked ? view.both(icount) : { ...state.at, [side]: view.sides[side].clamp(icount) };
  const { a: _, b: __, code: ___, ...cursors } = state.cursors;
  return keepRegister(view, state, { ...state, at, cursors });
}

/** Registers are sorted anew at each place: the one that was selected stays so. */
function keepRegister(view: RunView, before: State, after: State): State {
  if (before.cursors.regs === undefined) return after;
  const index = selectedRegister(view, before);
  const row = registersOf(view, after).findIndex(({ target }) => target?.kind === 'register' && target.index === index);
  return row < 0 ? after : { ...after, cursors: { ...after.cursors, regs: row } };
}

function registersOf(view: RunView, state: State) {
  return contentOf(view, state, 'regs', roomOf(state, 'regs').width, 1);
}

function selectedRegister(view: RunView, state: State): number | undefined {
  const lines = registersOf(view, state);
  const target = lines[cursorOf(state, 'regs', lines)]?.target;
  return target?.kind === 'register' ? target.index : undefined;
}

/** The side that keys are about. */
export function sideOf(state: State): Side {
  return state.focus === 'b' ? 'B' : 'A';
}

/** The side that moves without the other. */
function alone(state: State): Side | undefined {
  return state.linked ? undefined : sideOf(state);
}

/** The sides that move. */
export function moving(state: State): readonly Side[] {
  return state.linked ? ['A', 'B'] : [sideOf(state)];
}

/** The trace of what moves. */
export function along(view: RunView, state: State): Stretch {
  return state.linked ? view : view.sides[sideOf(state)];
}

export function unlinked(state: State): State {
  return { ...state, linked: false, message: 'unlinked: only the side whose pane is selected moves' };
}

/** Both at the place of the side that keys are about; sides apart are linked when the run has been traced there. */
export function linked(view: RunView, state: State): State {
  const to = state.at[sideOf(state)];
  if (view.apart) return { ...state, wish: { kind: 'go', to, side: undefined } };
  return { ...state, linked: true, at: view.both(to) };
}

function seek(view: RunView, state: State, action: Action): State {
  const { target } = selected(view, state);
  if (!target) return { ...state, message: 'select a register (3) or a byte (6) first' };
  const direction = action === 'lastWriter' || action === 'previousAccess' ? -1 : 1;
  const access = action === 'previousAccess' || action === 'nextAccess';
  const candidates = moving(state).flatMap((side) => {
    const of = view.sides[side];
    const at = of.nearest(
      state.at[side],
      direction,
      (step) => of.writes(step, target) || (access && names(view, of, step, target)),
    );
    return at === undefined ? [] : [at];
  });
  const what = targetText(view, target);
  // From now on this one is meant, wherever its line goes.
  const lines = registersOf(view, state);
  const chosen = { ...state, cursors: { ...state.cursors, regs: cursorOf(state, 'regs', lines) } };
  if (candidates.length === 0 && view.live) {
    if (!access || target.kind === 'bytes') return wishForWrite(view, chosen, [target], direction);
    const word = view.registerName(target.index % view.registersPerCpu);
    const wanted = [target, { kind: 'text', word } as const];
    return wishFor(chosen, wanted, direction, `accesses ${what}`, `no access to ${what}`);
  }
  if (candidates.length === 0)
    return {
      ...state,
      message: `no ${access ? 'access to' : 'write of'} ${what} ${direction < 0 ? 'before' : 'after'} this in the trace`,
    };
  const at = direction < 0 ? Math.max(...candidates) : Math.min(...candidates);
  return { ...goTo(view, chosen, at), message: `${access ? 'accesses' : 'writes'} ${what}` };
}

/** The instruction's text names the register. */
function names(view: RunView, side: SideView, step: Step, target: Target): boolean {
  if (target.kind !== 'register') return false;
  const name = view.registerName(target.index % view.registersPerCpu);
  return new RegExp(`\\b${name}\\b`).test(side.insn(step.pc)?.text ?? '');
}

export function targetText(view: RunView, target: Target): string {
  return target.kind === 'register' ? view.registerName(target.index) : `0x${target.address.toString(16)}`;
}

/** The nearest mark or write to what is watched. */
function stopAfter(view: RunView, state: State, direction: 1 | -1): number | undefined {
  const here = state.at[sideOf(state)];
  const stops = Object.values(state.marks).filter((mark) => (mark - here) * direction > 0);
  for (const side of moving(state)) {
    const of = view.sides[side];
    const at = of.nearest(here, direction, (step) => state.watched.some((target) => of.writes(step, target)));
    if (at !== undefined) stops.push(at);
  }
  if (stops.length === 0) return undefined;
  return direction > 0 ? Math.min(...stops) : Math.max(...stops);
}

export function hit(view: RunView, state: State, direction: 1 | -1): number | undefined {
  const here = state.at[sideOf(state)];
  if (state.search === '') return view.nextDifference(here, direction);
  const wanted = state.search.toLowerCase();
  const hits = codeRows(view)
    .filter((row) =>
      moving(state).some((side) => {
        const cell = row[side];
        return cell && `${cell.pc.toString(16)} ${cell.text} ${cell.symbol ?? ''}`.toLowerCase().includes(wanted);
      }),
    )
    .map(({ icount }) => icount);
  return direction > 0 ? hits.find((at) => at > here) : hits.findLast((at) => at < here);
}

export function found(view: RunView, state: State, at: number | undefined): State {
  if (at !== undefined) return goTo(view, state, at);
  return {
    ...state,
    message: state.search === '' ? 'no more differences in the trace' : `no more "${state.search}" in the trace`,
  };
}
