// Findings that are known and not to be reported: a text file with one signature a line, `*` at its end for all that begin
// so; empty lines and lines that begin with # say nothing.

export class Suppressions {
  private readonly exact = new Set<string>();
  private readonly beginnings: string[] = [];

  constructor(text: string) {
    for (const line of text.split('\n').map((one) => one.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      if (line.endsWith('*')) this.beginnings.push(line.slice(0, -1));
      else this.exact.add(line);
    }
  }

  has(signature: string): boolean {
    return this.exact.has(signature) || this.beginnings.some((beginning) => signature.startsWith(beginning));
  }
}
