// What a key does in the live view: state and key in, state and perhaps an effect out. Pure.

import type { Watched } from '../../lockstep/index.ts';
import { LIVE_BINDINGS, type LiveAction, liveActionOf } from './keys.ts';
import { linesOf, roomOf } from './layout.ts';
import { LIVE_PANES, type LivePane, type LiveReduced, type LiveState } from './state.ts';

export function resizedLive(state: LiveState, width: number, height: number): LiveState {
  return { ...state, size: { width, height } };
}

const LONGEST_COMMAND = 1000;

/** `complete` makes of a command what can be guessed of it. */
export function reduceLive(
  run: Watched,
  before: LiveState,
  key: string,
  complete: (text: string) => string = (text) => text,
): LiveReduced {
  const state = before.message === '' ? before : { ...before, message: '' };
  if (state.asking) {
    const answered = { ...state, asking: undefined };
    return key === 'y' ? { state: answered, effect: { kind: 'control', action: 'stop' } } : { state: answered };
  }
  if (state.typing !== undefined) return typed(state, state.typing, key, complete);
  const action = liveActionOf(key);
  return action === undefined ? { state } : act(run, state, action, key);
}

function act(run: Watched, state: LiveState, action: LiveAction, key: string): LiveReduced {
  const page = Math.max(1, roomOf(state, state.focus).height >> 1);
  switch (action) {
    case 'quit':
    case 'interrupt':
    case 'suspend':
      return { state, effect: { kind: action } };
    case 'pause':
      if (!run.mayControl) return { state: readOnly(state) };
      return { state, effect: { kind: 'control', action: run.status?.phase === 'paused' ? 'resume' : 'pause' } };
    case 'command':
      return { state: run.mayControl ? { ...state, typing: '' } : readOnly(state) };
    case 'stop':
      return { state: run.mayControl ? { ...state, asking: 'stop' } : readOnly(state) };
    case 'help':
      return { state: { ...state, help: !state.help, helpTop: 0 } };
    case 'back':
      return { state: state.help ? { ...state, help: false } : { ...state, zoomed: false } };
    case 'zoom':
      return { state: { ...state, zoomed: !state.zoomed } };
    case 'nextPane':
    case 'previousPane':
      return { state: { ...state, focus: beside(state.focus, action === 'nextPane' ? 1 : -1) } };
    case 'pane':
      return { state: { ...state, focus: LIVE_PANES[Number(key) - 1] ?? state.focus } };
    case 'down':
      return { state: moved(run, state, 1) };
    case 'up':
      return { state: moved(run, state, -1) };
    case 'pageDown':
      return { state: moved(run, state, page) };
    case 'pageUp':
      return { state: moved(run, state, -page) };
    case 'top':
      return { state: moved(run, state, Number.NEGATIVE_INFINITY) };
    case 'bottom':
      return { state: moved(run, state, Number.POSITIVE_INFINITY) };
  }
}

/** A key while a command is being typed. */
function typed(state: LiveState, text: string, key: string, complete: (text: string) => string): LiveReduced {
  const now = (typing: string | undefined): LiveReduced => ({ state: { ...state, typing } });
  if (key === 'esc' || key === '^c') return now(undefined);
  if (key === 'backspace') return now(text === '' ? undefined : text.slice(0, -1));
  if (key === 'tab') return now(complete(text));
  if (key !== 'enter') return now([...key].length === 1 && text.length < LONGEST_COMMAND ? text + key : text);
  const done = { ...state, typing: undefined };
  return text.trim() === '' ? { state: done } : { state: done, effect: { kind: 'command', text } };
}

function readOnly(state: LiveState): LiveState {
  return { ...state, message: 'read-only: the run was started without --allow-control' };
}

function beside(pane: LivePane, by: 1 | -1): LivePane {
  return LIVE_PANES[(LIVE_PANES.indexOf(pane) + by + LIVE_PANES.length) % LIVE_PANES.length]!;
}

function moved(run: Watched, state: LiveState, by: number): LiveState {
  if (state.help)
    return {
      ...state,
      helpTop: Math.max(0, Math.min(LIVE_BINDINGS.length, finite(state.helpTop + by, LIVE_BINDINGS.length))),
    };
  const { focus } = state;
  const { width, height } = roomOf(state, focus);
  const most = Math.max(0, linesOf(run, focus, width).length - height);
  const back = Math.max(0, Math.min(most, (state.back[focus] ?? 0) - by));
  const { [focus]: _, ...others } = state.back;
  return { ...state, back: back === 0 ? others : { ...others, [focus]: back } };
}

function finite(value: number, most: number): number {
  return value === Number.POSITIVE_INFINITY ? most : value;
}
