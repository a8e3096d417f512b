// Files that plugins write. Opened when the plugin is installed, so that a wrong path is said before the run.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { writeFault } from '../host-file-fault.ts';
import { UsageError } from '../must.ts';

/** Text is kept until there is this much of it. */
const CHUNK = 1 << 16;

export class OutputFile {
  private readonly fd: number;
  private readonly path: string;
  private pending: string[] = [];
  private size = 0;

  /** Makes the file; throws UsageError when it cannot. */
  constructor(plugin: string, path: string) {
    this.path = path;
    try {
      this.fd = openSync(path, 'w');
    } catch (error) {
      throw writeFault(path, error, `plugin ${plugin} `);
    }
  }
  text(text: string): void {
    this.pending.push(text);
    this.size += text.length;
    if (this.size >= CHUNK) this.flush();
  }
  bytes(bytes: Uint8Array): void {
    this.flush();
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
  }
  close(): void {
    this.flush();
    closeSync(this.fd);
  }
  toString(): string {
    return this.path;
  }
  private flush(): void {
    if (this.size === 0) return;
    const bytes = Buffer.from(this.pending.join(''));
    this.pending = [];
    this.size = 0;
    this.bytes(bytes);
  }
}

/** gzip with nothing of the host in its header. */
export function gzip(text: string): Uint8Array {
  return gzipSync(text);
}

/** Makes a directory unless it is there; throws UsageError when it cannot. */
export function makeDirectory(plugin: string, path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw new UsageError(
        `plugin ${plugin} cannot make the directory ${path} (${code})`,
        'Name another one with out=PATH.',
      );
  }
}
