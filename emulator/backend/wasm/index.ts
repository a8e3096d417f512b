// The door of the WebAssembly back end: regions of optimised IR blocks in, module bytes out. Instantiating them, and
// everything that happens after a region function returns, is the caller's business.

export { compileRegions, type WasmOptions } from './module.ts';
export type { Region, RegionBlock } from './scan.ts';
export { loadWasmText } from './text.ts';
