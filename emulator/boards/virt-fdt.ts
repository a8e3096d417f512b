// The device tree of the `virt` board: what an operating system is told about it. Names and properties are those the
// drivers look for, as on QEMU's `virt`; devices that this board lacks (PCI, flash, virtio, fw-cfg) are not there.

import { buildFdt, cells64, type FdtNode } from './fdt.ts';
import * as M from './virt-map.ts';

export interface VirtTreeOptions {
  readonly harts: number;
  readonly ramBytes: number;
  /** For /chosen: kernel command line. */
  readonly bootArguments?: string;
}

const PHANDLE_PLIC = 1;
const PHANDLE_FINISHER = 2;
/** Each hart has two: itself and its interrupt controller. */
const PHANDLE_HARTS = 3;
const ISA = 'rv64imafdc_zicsr_zifencei_zba_zbb_zbs_sstc';

const MACHINE_SOFTWARE = 3;
const MACHINE_TIMER = 7;
const SUPERVISOR_EXTERNAL = 9;
const MACHINE_EXTERNAL = 11;
const REBOOT_WORD = 0x7777;
const POWEROFF_WORD = 0x5555;

const hartPhandle = (hart: number): number => PHANDLE_HARTS + 2 * hart;
const intcPhandle = (hart: number): number => PHANDLE_HARTS + 2 * hart + 1;
const reg = (base: number, size: number): number[] => [...cells64(base), ...cells64(size)];

function hartNode(hart: number): FdtNode {
  return {
    name: `cpu@${hart.toString(16)}`,
    properties: {
      phandle: [hartPhandle(hart)],
      device_type: 'cpu',
      reg: [hart],
      status: 'okay',
      compatible: 'riscv',
      'riscv,isa': ISA,
      'mmu-type': 'riscv,none',
    },
    children: [
      {
        name: 'interrupt-controller',
        properties: {
          '#interrupt-cells': [1],
          'interrupt-controller': true,
          compatible: 'riscv,cpu-intc',
          phandle: [intcPhandle(hart)],
        },
      },
    ],
  };
}

/** The interrupt inputs of every hart that a controller drives, in the controller's order. */
function wires(harts: number, ...causes: number[]): number[] {
  const list: number[] = [];
  for (let hart = 0; hart < harts; hart++) for (const cause of causes) list.push(intcPhandle(hart), cause);
  return list;
}

function syscon(name: string, word: number): FdtNode {
  return {
    name,
    properties: { value: [word], offset: [0], regmap: [PHANDLE_FINISHER], compatible: `syscon-${name}` },
  };
}

function socNode(harts: number): FdtNode {
  return {
    name: 'soc',
    properties: { '#address-cells': [2], '#size-cells': [2], compatible: 'simple-bus', ranges: true },
    children: [
      {
        name: 'rtc@101000',
        properties: {
          interrupts: [M.RTC_SOURCE],
          'interrupt-parent': [PHANDLE_PLIC],
          reg: reg(M.RTC_BASE, M.RTC_SIZE),
          compatible: 'google,goldfish-rtc',
        },
      },
      {
        name: 'serial@10000000',
        properties: {
          interrupts: [M.UART_SOURCE],
          'interrupt-parent': [PHANDLE_PLIC],
          'clock-frequency': [M.UART_CLOCK_HZ],
          reg: reg(M.UART_BASE, 0x100),
          compatible: 'ns16550a',
        },
      },
      {
        name: 'test@100000',
        properties: {
          phandle: [PHANDLE_FINISHER],
          reg: reg(M.FINISHER_BASE, M.FINISHER_SIZE),
          compatible: ['sifive,test1', 'sifive,test0', 'syscon'],
        },
      },
      {
        name: 'plic@c000000',
        properties: {
          phandle: [PHANDLE_PLIC],
          'riscv,ndev': [M.PLIC_SOURCES - 1],
          reg: reg(M.PLIC_BASE, M.PLIC_WINDOW),
          'interrupts-extended': wires(harts, MACHINE_EXTERNAL, SUPERVISOR_EXTERNAL),
          'interrupt-controller': true,
          compatible: ['sifive,plic-1.0.0', 'riscv,plic0'],
          '#address-cells': [0],
          '#interrupt-cells': [1],
        },
      },
      {
        name: 'clint@2000000',
        properties: {
          'interrupts-extended': wires(harts, MACHINE_SOFTWARE, MACHINE_TIMER),
          reg: reg(M.CLINT_BASE, M.CLINT_WINDOW),
          compatible: ['sifive,clint0', 'riscv,clint0'],
        },
      },
    ],
  };
}

/** The board's device tree blob. */
export function buildVirtFdt(options: VirtTreeOptions): Uint8Array {
  const { harts, ramBytes, bootArguments } = options;
  const numbers = Array.from({ length: harts }, (_, hart) => hart);
  return buildFdt({
    name: '',
    properties: {
      '#address-cells': [2],
      '#size-cells': [2],
      compatible: 'riscv-virtio',
      model: 'riscv-virtio,lockstep',
    },
    children: [
      {
        name: 'chosen',
        properties: {
          'stdout-path': '/soc/serial@10000000',
          ...(bootArguments === undefined ? {} : { bootargs: bootArguments }),
        },
      },
      syscon('poweroff', POWEROFF_WORD),
      syscon('reboot', REBOOT_WORD),
      {
        name: `memory@${M.RAM_BASE.toString(16)}`,
        properties: { device_type: 'memory', reg: reg(M.RAM_BASE, ramBytes) },
      },
      {
        name: 'cpus',
        properties: { '#address-cells': [1], '#size-cells': [0], 'timebase-frequency': [M.TIMEBASE_HZ] },
        children: [
          ...numbers.map(hartNode),
          {
            name: 'cpu-map',
            properties: {},
            children: [
              {
                name: 'cluster0',
                properties: {},
                children: numbers.map((hart) => ({ name: `core${hart}`, properties: { cpu: [hartPhandle(hart)] } })),
              },
            ],
          },
        ],
      },
      socNode(harts),
    ],
  });
}
