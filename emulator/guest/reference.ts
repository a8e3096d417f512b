// What executing by an ISA's reference model takes: the model steps one vCPU, an instruction at a time; whoever executes
// (exec/reference.ts) gives it memory, and moves registers between it and the vCPU's environment. Types only; the model
// knows neither IR nor blocks.

/** Guest memory as a model asks for it. No access crosses a page of 4096 bytes; values are little-endian, unsigned. */
export interface ReferenceMemory {
  /** Two bytes of code at an even address, undefined when they cannot be executed. */
  fetch16(address: bigint): number | undefined;
  /** `size` is 1 to 8; undefined when the bytes cannot be read. */
  load(address: bigint, size: number): bigint | undefined;
  /** True when a store there would be done; changes nothing. */
  writable(address: bigint, size: number): boolean;
  /** Stores the low `size` bytes; false (nothing stored) when they cannot be written. */
  store(address: bigint, size: number, value: bigint): boolean;
  /** True where a device answers: it takes no misaligned accesses. Missing: there are no devices. */
  isDevice?(address: bigint): boolean;
  /** Told of each access that has been done, in order; `value` in its low `size` bytes. */
  accessed?(address: bigint, size: number, value: bigint, access: 'load' | 'load-signed' | 'store'): void;
}

/** Why an instruction did not retire. Nothing of it is done, pc included. */
export type ReferenceStop =
  | {
      readonly kind: 'fault';
      readonly access: 'fetch' | 'load' | 'store';
      readonly address: bigint;
      readonly misaligned: boolean;
    }
  | { readonly kind: 'illegal'; readonly word: number }
  /** The platform does it. */
  | { readonly kind: 'system'; readonly word: number };

/** One vCPU, whose registers it holds while it steps. */
export interface ReferenceModel {
  readonly pc: bigint;
  /** Takes the registers over from an environment's slots; puts those that may have changed back. */
  load(slots: BigUint64Array): void;
  save(slots: BigUint64Array): void;
  /** Executes the instruction at pc; undefined when it retired. */
  step(): ReferenceStop | undefined;
}
