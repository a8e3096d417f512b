// A run that goes on, as text: the same words for the screen, for `lockstep attach` without a terminal, and for people who
// listen. Pure.

import type { Watched } from '../../lockstep/index.ts';
import { shortCount } from '../progress.ts';

export type Mood = 'plain' | 'good' | 'diff';

/** What the run is at, as a word or two. */
export function stateText({ link, status }: Watched): { readonly text: string; readonly mood: Mood } {
  const what = phaseText(status);
  if (link === 'connecting' && !status) return { text: 'connecting', mood: 'plain' };
  if (link === 'lost') return { text: `disconnected, stale: ${what.text}`, mood: 'diff' };
  return what;
}

function phaseText(status: Watched['status']): { readonly text: string; readonly mood: Mood } {
  if (!status) return { text: 'connecting', mood: 'plain' };
  switch (status.phase) {
    case 'looking':
      return { text: 'seeking: a window differs', mood: 'diff' };
    case 'looking back':
      return { text: 'looking back: every block is compared', mood: 'plain' };
    case 'ended':
      return ENDED[status.end?.verdict ?? 'failed'];
    default:
      return { text: status.phase, mood: 'plain' };
  }
}

const ENDED = {
  same: { text: 'finished: the same', mood: 'good' },
  diverged: { text: 'DIVERGED', mood: 'diff' },
  inconclusive: { text: 'inconclusive', mood: 'plain' },
  failed: { text: 'engine died', mood: 'diff' },
  interrupted: { text: 'interrupted', mood: 'plain' },
} as const;

/** `A 12.3 G 410 M/s │ B 12.3 G 395 M/s │ A ahead by 8.39 M │ 1,468 windows agree`. */
export function statusLine({ status }: Watched): string {
  if (!status) return '';
  const side = (of: 'A' | 'B') => `${of} ${shortCount(status[of].icount)} ${speedText(status[of].speed)}`;
  const { windows } = status.agreed;
  return `${side('A')} │ ${side('B')} │ ${aheadText(status)} │ ${grouped(windows)} window${windows === 1 ? '' : 's'} agree`;
}

export function speedText(speed: number): string {
  return speed > 0 ? `${shortCount(speed)}/s` : '…/s';
}

/** Which side is in front, in instructions, at the last word of each. */
export function aheadText({ A, B }: { readonly A: { icount: number }; readonly B: { icount: number } }): string {
  const by = A.icount - B.icount;
  return by === 0 ? 'level' : `${by > 0 ? 'A' : 'B'} ahead by ${shortCount(Math.abs(by))}`;
}

export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 9.8 s, 4 min 5 s, 2 h 3 min. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** How far the run is where that is known: by its limit of instructions. */
export function shareDone({ info, status }: Watched): number | undefined {
  if (!info || !status || info.maxInsns === null) return undefined;
  return Math.min(1, status.agreed.icount / info.maxInsns);
}

/** Milliseconds that are left at the speed of the slower side. */
export function leftMs({ info, status }: Watched): number | undefined {
  if (!info || !status || info.maxInsns === null || status.phase !== 'running') return undefined;
  const speed = Math.min(status.A.speed, status.B.speed);
  return speed > 0 ? ((info.maxInsns - status.agreed.icount) / speed) * 1000 : undefined;
}
