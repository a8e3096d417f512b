// A whole machine around the `virt` board for tests: the real runtime, translator and memory, with what
// emulator/machine.ts does not offer (several harts, input at given times, a raw image).

import { createVirtBoard, type VirtBoard, type VirtOptions } from '../../emulator/boards/virt.ts';
import { NO_LOG } from '../../emulator/exec/log.ts';
import { MachineCore, runtimeHost } from '../../emulator/exec/machine.ts';
import { riscv64 } from '../../emulator/guest/riscv64/index.ts';
import { FRAMES } from '../../emulator/memory/layout.ts';
import { PageMap } from '../../emulator/memory/page-map.ts';
import { ChangeLog } from '../../emulator/passes/change.ts';
import { instantiateRuntime, makeLinearMemory } from '../../emulator/runtime/host-load.ts';
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
  const wasmMemory = makeLinearMemory(FRAMES + ramBytes + UNDO);
  let machine: MachineCore;
  const { exports: runtime, helpers } = instantiateRuntime(
    wasmMemory,
    runtimeHost(() => machine),
  );
  const memory = new PageMap(wasmMemory.buffer, runtime, ramBytes + UNDO);
  machine = new MachineCore({
    buffer: wasmMemory.buffer,
    runtime,
    helpers,
    wasmMemory,
    isa: riscv64,
    memory,
    translator: options.translator ?? newTcg,
    changes: new ChangeLog(),
    userMode: false,
    log: NO_LOG,
    branchHints: false,
    symbolAt: () => undefined,
    warn: () => {},
  });
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
