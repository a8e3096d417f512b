// The emulator's door: what other rooms, plugins and translators of users may import.

export { loadWasmText } from './backend/wasm/index.ts';
export { type GuestAddr, hex, hex16 } from './bits.ts';
export { LOG_ITEMS, type Log, type LogItem } from './exec/log.ts';
export {
  type BlockObservation,
  type BlockText,
  type Checkpoint,
  type InsnEffects,
  type MachineControl,
  SEAM_LIMIT,
  type StopReason,
} from './exec/machine-control.ts';
export type { GuestEvent } from './exec/platform.ts';
export { type Probe, WORK, type Work } from './exec/probe.ts';
export type { RegisterInfo, TranslateContext } from './guest/isa.ts';
export { blockStore } from './host-block-store.ts';
export { fileFault, writeFault } from './host-file-fault.ts';
export { readSome, readToEnd, wholeInput } from './host-input.ts';
export { loadPluginFile } from './host-plugin.ts';
export { readProgram } from './host-program.ts';
export { helperId } from './ir/helper.ts';
export {
  type IrBlock,
  IrBuilder,
  isConst,
  isGlobal,
  isTemp,
  NONE,
  type Operand,
  STRIDE,
} from './ir/ir.ts';
export { CONDS, Cond, MEM_ALIGN, MEM_RMW, MEM_SIGN, MEM_SIZE, OPS, Op } from './ir/op.ts';
export { parseBlock, printBlock } from './ir/text.ts';
export { verifyBlock } from './ir/verify.ts';
export { createMachine, Machine, type MachineOptions, machineKind, type PluginControl } from './machine.ts';
export type { GuestMemory } from './memory/guest-memory.ts';
export { OBSERVE_LIMIT, SLOT_FP_FLAGS, SLOT_ISA, SLOT_PC, TEMP_BASE } from './memory/layout.ts';
export { must, UsageError } from './must.ts';
export { didYouMean, nearest } from './nearest.ts';
export { type Change, type ChangeOptions, type ChangeRecord, changeIdText } from './passes/change.ts';
export type { Pass, PassContext } from './passes/pass.ts';
export type * from './plugin/api.ts';
export { API_VERSION, API_VERSION_MIN } from './plugin/api.ts';
export { argsHelp } from './plugin/args-help.ts';
export type { PluginCost } from './plugin/costs.ts';
export {
  OnlyLooksError,
  PermissionError,
  PluginError,
  PluginUseError,
  PluginVersionError,
  ServiceGoneError,
  StaleHandleError,
} from './plugin/errors.ts';
export { type LoadedPlugin, PluginDesk, type PluginRequest, type PluginSpec } from './plugin-desk.ts';
export { isPath, loadPlugin } from './plugins/find.ts';
export { STANDARD_PLUGINS } from './plugins/index.ts';
export { translatorIdentity } from './translators/identity.ts';
export { translators } from './translators/index.ts';
export type { TranslatorKit } from './translators/kit.ts';
export { parseTranslatorSpec, type SpecOptions } from './translators/spec.ts';
export type { CachedBlock, Lowering, Policy, Translator, Tuning } from './translators/translator.ts';
export { guessMachine, parseElf } from './user/elf.ts';
