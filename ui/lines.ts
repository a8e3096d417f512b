// Lines of text in styled pieces: what panes are made of. The same lines go to the screen, to `lockstep show` and to the
// picture. A style only ever repeats what a sign or a word says. Pure.

export type Style = 'plain' | 'diff' | 'here' | 'dim' | 'bold' | 'title' | 'good';

export interface Span {
  readonly text: string;
  readonly style?: Style;
}
export type Line = readonly Span[];

export function span(text: string, style: Style = 'plain'): Span {
  return style === 'plain' ? { text } : { text, style };
}

export function lineText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** Text of a guest or of a file, safe on a terminal: whatever controls it is shown as a dot, tabs as spaces. */
export function printable(text: string): string {
  let out = '';
  for (const char of text) out += char === '\t' ? '    ' : controls(char.codePointAt(0)!) ? '·' : char;
  return out;
}

/** Control characters, and what changes direction or takes no column. */
function controls(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff
  );
}

/** Exactly `width` columns: cut with an ellipsis, or filled with spaces. */
export function fit(line: Line, width: number): Line {
  const out: Span[] = [];
  let left = width;
  for (const piece of line) {
    if (piece.text === '') continue;
    const length = columns(piece.text);
    if (length > left || (length === left && piece !== line.at(-1) && restLength(line, piece) > 0)) {
      if (left > 0) out.push({ ...piece, text: `${cut(piece.text, left - 1)}…` });
      return left > 0 ? padded(out, width) : out;
    }
    out.push(piece);
    left -= length;
  }
  return padded(out, width);
}

function padded(line: Span[], width: number): Line {
  const used = line.reduce((sum, { text }) => sum + columns(text), 0);
  return used < width ? [...line, { text: ' '.repeat(width - used) }] : line;
}

function restLength(line: Line, after: Span): number {
  return line.slice(line.indexOf(after) + 1).reduce((sum, { text }) => sum + text.length, 0);
}

/** In hardly any text, halves of pairs included: most lines need not be gone through. */
const MAY_BE_WIDE = /[\u1100-\u115f\u2e80-\uffff]/;

/** Columns a text takes: East Asian wide characters and emoji two, all else one. */
export function columns(text: string): number {
  if (!MAY_BE_WIDE.test(text)) return text.length;
  let total = 0;
  for (const char of text) total += isWide(char.codePointAt(0)!) ? 2 : 1;
  return total;
}

function cut(text: string, width: number): string {
  let out = '';
  let used = 0;
  for (const char of text) {
    used += isWide(char.codePointAt(0)!) ? 2 : 1;
    if (used > width) break;
    out += char;
  }
  return out;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

const CODES: Readonly<Record<Style, readonly [number, number] | undefined>> = {
  plain: undefined,
  diff: [31, 39],
  here: [7, 27],
  dim: [2, 22],
  bold: [1, 22],
  title: [36, 39],
  good: [32, 39],
};

/** With colours when asked; without trailing spaces. */
export function lineAnsi(line: Line, color: boolean): string {
  if (!color) return lineText(line).trimEnd();
  return line
    .map(({ text, style = 'plain' }) => {
      const codes = CODES[style];
      return codes ? `\x1b[${codes[0]}m${text}\x1b[${codes[1]}m` : text;
    })
    .join('');
}
