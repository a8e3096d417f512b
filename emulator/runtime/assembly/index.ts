// What runs inside Wasm beside translated code. One linear memory, laid out by memory/layout.ts, shared with all
// compiled regions. No allocator of its own, no state but what the exports below manage.

export * from "./float/index";
export { digestBytes, mix, stateDigest } from "./digest";
export {
  allocFrame, beginEpoch, entryOf, flushPage, flushTlb, flushWriteTags, freeFrame, getDirtyCount, getFramesUsed, isUndoLost,
  markDirty, memoryDigest, setFrameLimit, setTracking,
} from "./memory";
export {
  clearObservations, getObserveCount, getObserveLost, observe_block, observe_store, observeBytes, getStores, resetStores, setObservedSlots, setSliceEnd, setStores,
} from "./observe";
export { run, runCompiled, setHotThreshold } from "./run";
