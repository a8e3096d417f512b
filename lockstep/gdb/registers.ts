// The registers of a vCPU as GDB numbers and describes them (target.xml): its features for RISC-V, whose first numbers are
// fixed, and the machine's other registers behind them.

import type { MachineControl, RegisterInfo } from '../../emulator/index.ts';

type Cpu = MachineControl['cpus'][number];

export interface GdbRegister {
  readonly name: string;
  readonly bytes: 4 | 8;
  read(cpu: Cpu): bigint;
  /** Missing: not to be written. */
  readonly write?: (cpu: Cpu, value: bigint) => void;
}

interface Described extends GdbRegister {
  readonly type: string;
  readonly group?: string;
}

interface Feature {
  readonly name: string;
  readonly registers: readonly Described[];
}

export class GdbRegisters {
  readonly list: readonly GdbRegister[];
  /** What `qXfer:features:read:target.xml` gives. */
  readonly description: string;

  /** `system`: the machine has a privileged state. */
  constructor(machine: MachineControl, system: boolean) {
    const features = featuresOf(machine.isa.registers, system);
    this.list = features.flatMap(({ registers }) => registers);
    this.description = describe(features);
  }

  /** All of a vCPU, as packet g has them. */
  all(cpu: Cpu): { register: GdbRegister; value: bigint }[] {
    return this.list.map((register) => ({ register, value: register.read(cpu) }));
  }
}

const POINTERS: Readonly<Record<string, string>> = {
  pc: 'code_ptr',
  ra: 'code_ptr',
  sp: 'data_ptr',
  gp: 'data_ptr',
  tp: 'data_ptr',
};
/** GDB's own names, where the ISA has another. */
const NAMES: Readonly<Record<string, string>> = { s0: 'fp' };
/** Of 32 bits in GDB's descriptions. */
const SHORT = new Set(['fflags', 'frm', 'fcsr']);

function featuresOf(registers: readonly RegisterInfo[], system: boolean): Feature[] {
  const group = (name: RegisterInfo['group']) => registers.filter((register) => register.group === name);
  const fpu = group('float').map((register) => plain(register, 'ieee_double', 'float'));
  const status = registers.find(({ name }) => name === 'fflags');
  const mode = registers.find(({ name }) => name === 'frm');
  return [
    {
      name: 'org.gnu.gdb.riscv.cpu',
      registers: [...group('integer'), ...group('pc')].map((register) => plain(register, 'int')),
    },
    {
      name: 'org.gnu.gdb.riscv.fpu',
      registers: status && mode ? [...fpu, fcsr(status.slot, mode.slot)] : fpu,
    },
    ...(system
      ? [
          {
            name: 'org.gnu.gdb.riscv.csr',
            registers: group('system').map((register) => plain(register, 'int', 'system')),
          },
        ]
      : []),
    {
      name: 'org.lockstep.reservation',
      registers: group('reservation').map((register) => plain(register, 'int', 'system')),
    },
  ];
}

function plain({ name, slot, readonly }: RegisterInfo, type: string, group?: string): Described {
  const short = SHORT.has(name);
  return {
    name: NAMES[name] ?? name,
    bytes: short ? 4 : 8,
    type: short ? 'int' : (POINTERS[name] ?? type),
    ...(group && { group }),
    read: (cpu) => cpu.read(slot),
    ...(!readonly && { write: (cpu, value) => cpu.write(slot, value) }),
  };
}

/** Flags in bits 0 to 4, rounding mode in 5 to 7: two registers of the machine. */
function fcsr(flags: number, mode: number): Described {
  return {
    name: 'fcsr',
    bytes: 4,
    type: 'int',
    group: 'float',
    read: (cpu) => (cpu.read(flags) & 31n) | ((cpu.read(mode) & 7n) << 5n),
    write: (cpu, value) => {
      cpu.write(flags, value & 31n);
      cpu.write(mode, (value >> 5n) & 7n);
    },
  };
}

function describe(features: readonly Feature[]): string {
  let number = 0;
  const lines = features.flatMap(({ name, registers }) => [
    `<feature name="${name}">`,
    ...registers.map(
      ({ name: register, bytes, type, group }) =>
        `<reg name="${register}" bitsize="${bytes * 8}" type="${type}" regnum="${number++}"${group ? ` group="${group}"` : ''}/>`,
    ),
    '</feature>',
  ]);
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0">',
    '<architecture>riscv:rv64</architecture>',
    ...lines,
    '</target>',
    '',
  ].join('\n');
}
