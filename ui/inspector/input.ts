// What a terminal sends, cut into keys: `jjj` is three of them, a paste and a mouse report are none. An escape sequence
// may arrive in pieces; a lone escape is one when nothing follows within the same piece. Pure but for what it keeps.

const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  '[Z': 'backtab',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[5~': 'pageup',
  '[6~': 'pagedown',
  '[3~': 'delete',
};
const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';
const LONGEST_SEQUENCE = 32;

export class KeyReader {
  private rest = '';
  private pasting = false;

  /** The keys that are complete now. */
  push(text: string): string[] {
    const keys: string[] = [];
    let input = this.rest + text;
    this.rest = '';
    while (input !== '') {
      if (this.pasting) {
        const end = input.indexOf(PASTE_END);
        if (end < 0) {
          this.rest = input.slice(-(PASTE_END.length - 1));
          return keys;
        }
        this.pasting = false;
        input = input.slice(end + PASTE_END.length);
        continue;
      }
      if (input.startsWith(PASTE_START)) {
        this.pasting = true;
        input = input.slice(PASTE_START.length);
        continue;
      }
      if (input[0] === '\x1b') {
        const length = sequenceLength(input);
        if (length === undefined) {
          if (input.length < LONGEST_SEQUENCE) this.rest = input;
          return keys;
        }
        if (length === 1) keys.push('esc');
        else {
          const key = SEQUENCES[input.slice(1, length)];
          if (key) keys.push(key);
        }
        input = input.slice(length);
        continue;
      }
      const char = String.fromCodePoint(input.codePointAt(0)!);
      keys.push(keyOf(char));
      input = input.slice(char.length);
    }
    return keys;
  }
}

/** Undefined: not complete. 1: the escape key by itself. */
function sequenceLength(input: string): number | undefined {
  const kind = input[1];
  if (kind === undefined || kind === '\x1b') return 1;
  if (kind === 'O') return input.length >= 3 ? 3 : undefined;
  if (kind !== '[') return 2;
  // An X10 mouse report: three bytes follow.
  if (input[2] === 'M') return input.length >= 6 ? 6 : undefined;
  for (let at = 2; at < input.length; at++) {
    const code = input.charCodeAt(at);
    if (code >= 0x40 && code <= 0x7e) return at + 1;
    if (code < 0x20) return at;
  }
  return undefined;
}

function keyOf(char: string): string {
  if (char === '\r' || char === '\n') return 'enter';
  if (char === '\t') return 'tab';
  if (char === '\x7f' || char === '\b') return 'backspace';
  const code = char.charCodeAt(0);
  return code < 0x20 ? `^${String.fromCharCode(code + 0x60)}` : char;
}
