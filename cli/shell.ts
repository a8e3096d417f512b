// Commands as a shell takes them, for the suggestions at the end of a run. Pure.

/** One word, quoted where the shell would otherwise read something into it. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function commandLine(words: readonly string[]): string {
  return words.map(quote).join(' ');
}
