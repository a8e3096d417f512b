// A whole machine around the `virt` board for tests: the real runtime, translator and memory, with what
// emulator/machine.ts does not offer (several harts, input at given times, a raw image).

import { createVirtBoard, type VirtBoard, type VirtOptions } from '../../emulator/boards/virt.ts';
import type { MachineCore } from '../../emulator/exec/machine.ts';
import { createCore } from '../../emulator/sequence/bare-machine.ts';
import { newTcg } from '../../emulator/translators/index.ts';
import type { Translator } from '../../emulator/translators/translator.ts';

const RAM = 16 << 20;
const UNDO = 32 << 20;

export interface BoardMachine {
  readonly machine: MachineCore;
  readonly board: VirtBoard;
  /** What the guest has sent to the console. */
  readonly output: () => string;
}

export type BoardOptions = Omit<VirtOptions, 'host' | 'memory' | 'consoleOut'> & { readonly translator?: Translator };

export function makeBoard(options: BoardOptions): BoardMachine {
  const ramBytes = options.ramBytes ?? RAM;
  const bytes = ramBytes + UNDO;
  const { translator = newTcg } = options;
  const { machine, memory } = createCore({ translator, memoryBytes: bytes, frameBytes: bytes, userMode: false });
  let output = '';
  const board = createVirtBoard({
    ...options,
    ramBytes,
    host: machine,
    memory,
    consoleOut: (byte) => {
      output += String.fromCharCode(byte);
    },
  });
  machine.platform = board;
  return { machine, board, output: () => output };
}
