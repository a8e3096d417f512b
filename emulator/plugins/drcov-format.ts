// The drcov coverage file, version 2: a text header with the modules, then a record of 8 bytes a block.

export interface CoverageModule {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly entry: number;
}
/** `offset` from the module's start. */
export interface CoveredBlock {
  readonly module: number;
  readonly offset: number;
  readonly size: number;
}

const RECORD = 8;
const hex = (value: number): string => `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;

/** The whole file; blocks in the order given. */
export function drcovFile(modules: readonly CoverageModule[], blocks: readonly CoveredBlock[]): Uint8Array {
  const head = [
    'DRCOV VERSION: 2',
    'DRCOV FLAVOR: drcov-64',
    `Module Table: version 2, count ${modules.length}`,
    'Columns: id, base, end, entry, path',
    ...modules.map(({ start, end, entry, path }, id) => `${id}, ${hex(start)}, ${hex(end)}, ${hex(entry)}, ${path}`),
    `BB Table: ${blocks.length} bbs\n`,
  ].join('\n');
  const text = new TextEncoder().encode(head);
  const file = new Uint8Array(text.length + RECORD * blocks.length);
  file.set(text);
  const view = new DataView(file.buffer, text.length);
  blocks.forEach(({ module, offset, size }, i) => {
    view.setUint32(RECORD * i, offset >>> 0, true);
    view.setUint16(RECORD * i + 4, size, true);
    view.setUint16(RECORD * i + 6, module, true);
  });
  return file;
}
