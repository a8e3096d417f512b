// Every decode row, 32-bit and compressed, by what it takes to have it in a sequence.

import type { FieldName } from '../guest/riscv64/formats.ts';
import { C_ROWS } from '../guest/riscv64/rows/c.ts';
import { BASE_ROWS } from '../guest/riscv64/rows/index.ts';

const LOAD_STORE = /^(l[bhw]u?|ld|s[bhwd]|f[ls][wd])$/;
const ATOMIC = /^(lr|sc|amo.*)\.[wd]$/;
const BRANCH = /^b(eq|ne|lt|ge|ltu|geu)$/;
const CSR = /^csrr/;
const FOR_PLATFORM = /^(ecall|ebreak|sret|mret|wfi|sfence\.vma|fence\.i)$/;

export interface RowRef {
  readonly name: string;
  /** Name of the base row it means. */
  readonly as: string;
  readonly compressed: boolean;
  readonly index: number;
}

export const ROWS: readonly RowRef[] = [
  ...BASE_ROWS.map(({ name }, index) => ({ name, as: name, compressed: false, index })),
  ...C_ROWS.map(({ name, as }, index) => ({ name, as, compressed: true, index })),
];

export type Kind = 'plain' | 'memory' | 'atomic' | 'branch' | 'jump' | 'csr' | 'platform';
const kinds = new Map<string, Kind>();

export function kindOf({ as }: RowRef): Kind {
  let kind = kinds.get(as);
  if (kind === undefined) {
    kind = findKind(as);
    kinds.set(as, kind);
  }
  return kind;
}
function findKind(as: string): Kind {
  if (LOAD_STORE.test(as)) return 'memory';
  if (ATOMIC.test(as)) return 'atomic';
  if (BRANCH.test(as)) return 'branch';
  if (as === 'jal' || as === 'jalr') return 'jump';
  if (CSR.test(as)) return 'csr';
  return FOR_PLATFORM.test(as) ? 'platform' : 'plain';
}
const ofKind = (...kinds: readonly Kind[]): readonly RowRef[] => ROWS.filter((row) => kinds.includes(kindOf(row)));
export const BY_KIND: Readonly<Record<Kind, readonly RowRef[]>> = {
  plain: ofKind('plain'),
  memory: ofKind('memory'),
  atomic: ofKind('atomic'),
  branch: ofKind('branch'),
  jump: ofKind('jump'),
  csr: ofKind('csr'),
  platform: ofKind('platform'),
};

const floats = new Map<string, ReadonlySet<FieldName>>();

/** The fields of a row that name floating-point registers, by the way they print. */
export function floatFields({ as }: RowRef): ReadonlySet<FieldName> {
  let found = floats.get(as);
  if (found === undefined) {
    found = findFloatFields(as);
    floats.set(as, found);
  }
  return found;
}
function findFloatFields(as: string): ReadonlySet<FieldName> {
  const asm = BASE_ROWS.find(({ name }) => name === as)!.fmt.asm;
  const found = new Set<FieldName>();
  if (/\bfd\b/.test(asm)) found.add('rd');
  for (const n of [1, 2, 3] as const) if (asm.includes(`fs${n}`)) found.add(`rs${n}`);
  return found;
}
