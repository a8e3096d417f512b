// CSR numbers and names (Privileged ISA, chapter 2, and the ratified extensions): for disassembly and for boards.

const FIXED = `
001 fflags 002 frm 003 fcsr 008 vstart 009 vxsat 00a vxrm 00f vcsr 015 seed
100 sstatus 104 sie 105 stvec 106 scounteren 10a senvcfg 114 sieh 140 sscratch 141 sepc 142 scause 143 stval 144 sip
14d stimecmp 150 siselect 151 sireg 154 siph 15c stopei 15d stimecmph 180 satp
200 vsstatus 204 vsie 205 vstvec 214 vsieh 240 vsscratch 241 vsepc 242 vscause 243 vstval 244 vsip 24d vstimecmp
250 vsiselect 251 vsireg 254 vsiph 25c vstopei 25d vstimecmph 280 vsatp
300 mstatus 301 misa 302 medeleg 303 mideleg 304 mie 305 mtvec 306 mcounteren 308 mvien 309 mvip 30a menvcfg
310 mstatush 313 midelegh 314 mieh 318 mvienh 319 mviph 31a menvcfgh 320 mcountinhibit
340 mscratch 341 mepc 342 mcause 343 mtval 344 mip 34a mtinst 34b mtval2 350 miselect 351 mireg 354 miph 35c mtopei
5a8 scontext 600 hstatus 602 hedeleg 603 hideleg 604 hie 605 htimedelta 606 hcounteren 607 hgeie 608 hvien 609 hvictl
60a henvcfg 613 hidelegh 615 htimedeltah 618 hvienh 61a henvcfgh 643 htval 644 hip 645 hvip 646 hviprio1 647 hviprio2
64a htinst 655 hviph 656 hviprio1h 657 hviprio2h 680 hgatp 6a8 hcontext 747 mseccfg 757 mseccfgh
7a0 tselect 7a1 tdata1 7a2 tdata2 7a3 tdata3 7a4 tinfo 7a5 tcontrol 7a8 mcontext 7aa mscontext
7b0 dcsr 7b1 dpc 7b2 dscratch0 7b3 dscratch1
b00 mcycle b02 minstret b80 mcycleh b82 minstreth
c00 cycle c01 time c02 instret c20 vl c21 vtype c22 vlenb c80 cycleh c81 timeh c82 instreth
da0 scountovf db0 stopi e12 hgeip eb0 vstopi
f11 mvendorid f12 marchid f13 mimpid f14 mhartid f15 mconfigptr fb0 mtopi`;

/** Numbered families: first CSR, first index, count, name before and after the index. */
const FAMILIES: readonly (readonly [csr: number, index: number, count: number, before: string, after: string])[] = [
  [0x10c, 0, 4, 'sstateen', ''],
  [0x30c, 0, 4, 'mstateen', ''],
  [0x31c, 0, 4, 'mstateen', 'h'],
  [0x60c, 0, 4, 'hstateen', ''],
  [0x61c, 0, 4, 'hstateen', 'h'],
  [0x323, 3, 29, 'mhpmevent', ''],
  [0x723, 3, 29, 'mhpmevent', 'h'],
  [0x3a0, 0, 16, 'pmpcfg', ''],
  [0x3b0, 0, 64, 'pmpaddr', ''],
  [0xb03, 3, 29, 'mhpmcounter', ''],
  [0xb83, 3, 29, 'mhpmcounter', 'h'],
  [0xc03, 3, 29, 'hpmcounter', ''],
  [0xc83, 3, 29, 'hpmcounter', 'h'],
];

const nameOf = new Map<number, string>();

function add(csr: number, name: string): void {
  nameOf.set(csr, name);
}
const words = FIXED.trim().split(/\s+/);
for (let i = 0; i < words.length; i += 2) add(Number.parseInt(words[i]!, 16), words[i + 1]!);
for (const [csr, index, count, before, after] of FAMILIES) {
  for (let i = 0; i < count; i++) add(csr + i, `${before}${index + i}${after}`);
}

/** The name of a CSR, or undefined for a number without one. */
export function csrName(csr: number): string | undefined {
  return nameOf.get(csr);
}
