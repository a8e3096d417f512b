// What a key does: state and key in, state and perhaps an effect out. Pure.

import { lineText } from '../lines.ts';
import { memoryStart } from '../panes/memory.ts';
import type { RunView } from '../trace/run-view.ts';
import { blame, searching, stopped } from './blame.ts';
import { completed, runCommand } from './commands.ts';
import { cursorOf, focusedLines, selected } from './content.ts';
import { roomOf } from './geometry.ts';
import { type Action, actionOf, BINDINGS } from './keys.ts';
import { LOWER, PANE_IDS, PANE_KEYS, type PaneId, type Reduced, type State, VIEWS } from './state.ts';
import { found, goTo, hit, linked, sideOf, travel, unlinked } from './travel.ts';

export function resized(state: State, width: number, height: number): State {
  return { ...state, size: { width, height } };
}

export function reduce(view: RunView, before: State, key: string): Reduced {
  if (before.journey !== undefined) return onTheWay(before, key);
  const { state, effect } = keyed(view, before, key);
  if (!state.wish) return { state, ...(effect && { effect }) };
  return {
    state: { ...state, wish: undefined, journey: 'on the way (Esc stays here)' },
    effect: { kind: 'travel', wish: state.wish },
  };
}

/** While the run is asked for something there is nothing to do but to wait, or not to. */
function onTheWay(state: State, key: string): Reduced {
  if (!meantForJourneys(key)) return { state };
  const action = actionOf(key);
  return { state, effect: { kind: action === 'quit' || action === 'suspend' ? action : 'stay' } };
}

/** Keys that do something at once while the run is asked; others are for after it. */
export function meantForJourneys(key: string): boolean {
  return ['back', 'quit', 'suspend'].includes(actionOf(key) ?? '');
}

function keyed(view: RunView, before: State, key: string): Reduced {
  const state = before.message === '' ? before : { ...before, message: '' };
  if (state.prompt) return promptKey(view, state, state.prompt, key);
  if (state.pending) return { state: markKey(view, state, key) };
  const action = actionOf(key);
  if (action === undefined) return { state };
  if (state.help && !['back', 'help', 'quit', 'down', 'up', 'pageDown', 'pageUp', 'top', 'suspend'].includes(action))
    return { state };
  return act(view, state, action, key);
}

function act(view: RunView, state: State, action: Action, key: string): Reduced {
  switch (action) {
    case 'quit':
      return { state, effect: { kind: 'quit' } };
    case 'suspend':
      return { state, effect: { kind: 'suspend' } };
    case 'copy': {
      const { line } = selected(view, state);
      return line
        ? {
            state: { ...state, message: 'copied' },
            effect: { kind: 'copy', text: line.whole ?? lineText(line.line).trim() },
          }
        : { state };
    }
    case 'export':
      return { state, effect: { kind: 'export', path: 'lockstep-report.txt' } };
    case 'help':
      return { state: { ...state, help: !state.help, helpTop: 0 } };
    case 'back':
      if (!state.help && state.focus === 'bisect' && searching(state)) return stopped(state);
      return { state: back(state) };
    case 'bisect':
      return blame(view, state, 'block');
    case 'command':
      return { state: { ...state, prompt: { kind: ':', text: '' } } };
    case 'search':
      return { state: { ...state, prompt: { kind: '/', text: '' } } };
    case 'filter':
      return { state: { ...state, prompt: { kind: 'f', text: state.filters[state.focus] ?? '' } } };
    case 'mark':
      return { state: { ...state, pending: 'mark', message: 'mark: which letter?' } };
    case 'toMark':
      return { state: { ...state, pending: 'toMark', message: 'to which mark?' } };
    case 'down':
      return { state: moved(view, state, 1) };
    case 'up':
      return { state: moved(view, state, -1) };
    case 'pageDown':
      return { state: moved(view, state, Math.max(1, roomOf(state, state.focus).height >> 1)) };
    case 'pageUp':
      return { state: moved(view, state, -Math.max(1, roomOf(state, state.focus).height >> 1)) };
    case 'top':
      return { state: state.help ? { ...state, helpTop: 0 } : withCursor(state, 0) };
    case 'bottom':
      return { state: withCursor(state, Math.max(0, focusedLines(view, state).length - 1)) };
    case 'nextPane':
      return { state: focused(state, beside(state, 1)) };
    case 'previousPane':
      return { state: focused(state, beside(state, -1)) };
    case 'pane':
      return { state: focused(state, PANE_IDS[PANE_KEYS.indexOf(key as (typeof PANE_KEYS)[number])]!) };
    case 'zoom':
      return { state: { ...state, zoomed: !state.zoomed } };
    case 'goHere':
      return { state: goHere(view, state) };
    case 'cycleView':
      return { state: { ...state, view: VIEWS[(VIEWS.indexOf(state.view) + 1) % VIEWS.length]!, cursors: {} } };
    case 'onlyDifferences':
      return { state: { ...state, onlyDifferences: !state.onlyDifferences, cursors: {} } };
    case 'link':
      return { state: state.linked ? unlinked(state) : linked(view, state) };
    case 'zoomIn':
    case 'zoomOut': {
      const zoom = Math.max(0, Math.min(40, state.timeline.zoom + (action === 'zoomIn' ? 1 : -1)));
      return { state: { ...state, timeline: { ...state.timeline, zoom } } };
    }
    case 'panLeft':
    case 'panRight':
      return { state: panned(view, state, action === 'panLeft' ? -1 : 1) };
    default:
      return { state: travel(view, state, action) };
  }
}

// --- panes -------------------------------------------------------------------------------------------------------
function moved(view: RunView, state: State, by: number): State {
  if (state.help) return { ...state, helpTop: Math.max(0, Math.min(BINDINGS.length, state.helpTop + by)) };
  const lines = focusedLines(view, state);
  const cursor = cursorOf(state, state.focus, lines) + by;
  if (state.focus === 'memory' && (cursor < 0 || cursor >= lines.length)) {
    const perLine = 16;
    const start = state.address ?? memoryStart(view, state.at);
    return { ...state, address: Math.floor(start / perLine + by) * perLine };
  }
  return withCursor(state, Math.max(0, Math.min(lines.length - 1, cursor)));
}

function withCursor(state: State, cursor: number): State {
  return { ...state, cursors: { ...state.cursors, [state.focus]: cursor } };
}

export function focused(state: State, focus: PaneId): State {
  return { ...state, focus, lower: LOWER.includes(focus) ? focus : state.lower };
}

function beside(state: State, by: 1 | -1): PaneId {
  const shown: PaneId[] = ['a', 'b', 'regs', state.lower];
  return shown[(shown.indexOf(state.focus) + by + shown.length) % shown.length]!;
}

function goHere(view: RunView, state: State): State {
  const { line, target } = selected(view, state);
  if (line?.icount !== undefined) return goTo(view, state, line.icount);
  if (state.focus !== 'regs' || target?.kind !== 'register') return state;
  const value = view.sides[sideOf(state)].registers(state.at[sideOf(state)])[target.index] ?? 0n;
  const address = Number(BigInt.asIntN(64, value));
  if (!Number.isSafeInteger(address)) return { ...state, message: 'that is no address' };
  return {
    ...state,
    lower: 'memory',
    address: Math.floor(address / 16) * 16,
    cursors: { ...state.cursors, memory: 0 },
  };
}

function back(state: State): State {
  if (state.help) return { ...state, help: false };
  if (state.zoomed) return { ...state, zoomed: false };
  if (state.filters[state.focus] !== undefined) return withFilter(state, '');
  return { ...state, search: '' };
}

function withFilter(state: State, text: string): State {
  const { [state.focus]: _, ...filters } = state.filters;
  const { [state.focus]: __, ...cursors } = state.cursors;
  return { ...state, cursors, filters: text === '' ? filters : { ...filters, [state.focus]: text } };
}

function panned(view: RunView, state: State, by: 1 | -1): State {
  const { zoom, center } = state.timeline;
  const total = Math.max(1, view.last + 1);
  const span = total / 2 ** zoom;
  const middle = (center ?? state.at.A) + (by * span) / 4;
  return { ...state, timeline: { zoom, center: Math.max(0, Math.min(total, middle)) } };
}

// --- prompts -----------------------------------------------------------------------------------------------------
function markKey(view: RunView, state: State, key: string): State {
  const plain = { ...state, pending: undefined };
  if (!/^[a-z]$/.test(key)) return plain;
  if (state.pending === 'mark')
    return { ...plain, marks: { ...state.marks, [key]: state.at[sideOf(state)] }, message: `marked ${key}` };
  const mark = state.marks[key];
  return mark === undefined ? { ...plain, message: `there is no mark ${key}` } : goTo(view, plain, mark);
}

function promptKey(view: RunView, state: State, prompt: NonNullable<State['prompt']>, key: string): Reduced {
  const typed = (text: string): Reduced => ({ state: { ...state, prompt: { ...prompt, text } } });
  if (key === 'esc' || key === '^c') return { state: { ...state, prompt: undefined } };
  if (key === 'backspace')
    return prompt.text === '' ? { state: { ...state, prompt: undefined } } : typed(prompt.text.slice(0, -1));
  if (key === '^u') return typed('');
  if (key === 'tab') return prompt.kind === ':' ? typed(completed(view, prompt.text)) : { state };
  if (key !== 'enter') return [...key].length === 1 && prompt.text.length < 200 ? typed(prompt.text + key) : { state };
  const plain = { ...state, prompt: undefined };
  if (prompt.kind === ':') return runCommand(view, plain, prompt.text.trim());
  if (prompt.kind === 'f') return { state: withFilter(plain, prompt.text) };
  const searching = { ...plain, search: prompt.text };
  return {
    state: prompt.text === '' ? searching : found(view, searching, hit(view, searching, 1) ?? hit(view, searching, -1)),
  };
}
