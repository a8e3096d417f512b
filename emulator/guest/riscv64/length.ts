/** Bytes of the instruction that starts with these 16 bits (Unprivileged ISA §1.5; nothing longer is supported). */
export function instructionLength(first16: number): number {
  return (first16 & 3) === 3 ? 4 : 2;
}
