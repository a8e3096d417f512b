// What a board puts into memory before the first instruction: an ELF executable at its physical addresses, or a raw
// image at the start of RAM. Placement is checked against RAM here, so that writing it cannot fail.

import { hex } from '../bits.ts';
import { UsageError } from '../must.ts';
import { EM_RISCV, PT_LOAD, parseElf } from '../user/elf.ts';

export interface BootSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Bytes of zeros that follow. */
  readonly zeros: number;
}

function isElf(image: Uint8Array): boolean {
  return image.length >= 4 && image[0] === 0x7f && image[1] === 0x45 && image[2] === 0x4c && image[3] === 0x46;
}

/** The pieces of `image` that go to RAM at [ramBase, ramBase + ramBytes). Throws UsageError when it does not fit. */
export function bootSegments(image: Uint8Array, ramBase: number, ramBytes: number): BootSegment[] {
  const segments = isElf(image) ? elfSegments(image) : [{ address: ramBase, bytes: image, zeros: 0 }];
  for (const { address, bytes, zeros } of segments) {
    const end = address + bytes.length + zeros;
    if (address < ramBase || end > ramBase + ramBytes) {
      throw new UsageError(
        `the image needs memory from ${hex(address)} to ${hex(end)}, but RAM is ${hex(ramBase)} to ${hex(ramBase + ramBytes)}`,
        `Link it for RAM at ${hex(ramBase)}, or give the machine more memory with -m.`,
      );
    }
  }
  return segments;
}

function elfSegments(image: Uint8Array): BootSegment[] {
  const elf = parseElf(image);
  if (elf.machine !== EM_RISCV) {
    throw new UsageError(`the image is for another processor (ELF machine ${elf.machine})`, 'Build it for riscv64.');
  }
  return elf.programs
    .filter((header) => header.type === PT_LOAD && header.memSize > 0)
    .map((header) => ({
      address: header.paddr,
      bytes: image.subarray(header.offset, header.offset + header.fileSize),
      zeros: header.memSize - header.fileSize,
    }));
}
