// The text form of a compiled module, for people (-d out_asm, reports). wabt is loaded when first asked for.

import { importModule } from '../../host-package.ts';

/** Loads the disassembler: a function from a module's bytes to WebAssembly text with folded expressions. */
export async function loadWasmText(): Promise<(bytes: Uint8Array) => string> {
  const { default: load } = (await importModule('wabt')) as { default: typeof import('wabt') };
  const wabt = await load();
  return (bytes) => {
    const module = wabt.readWasm(bytes, {
      readDebugNames: false,
      tail_call: true,
      sign_extension: true,
      threads: true,
    });
    try {
      return module.toText({ foldExprs: true, inlineExport: true });
    } finally {
      module.destroy();
    }
  };
}
