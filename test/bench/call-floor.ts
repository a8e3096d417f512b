// What the host's engine takes for the call that a callback is: an empty function of JavaScript, called in a loop of
// WebAssembly. Values that live across a call lie on the stack meanwhile, as a region's registers do: with some of them too.

import loadWabt from 'wabt';

const CALLS = 2_000_000;
/** The least of so many: what the machine does besides is not the engine's. */
const ROUNDS = 15;
/** As many registers as a block of ten instructions changes, more or less. */
const LIVE = 8;

export interface CallFloor {
  /** Nanoseconds a call, less the loop without it. */
  readonly bare: number;
  readonly live: number;
}

export async function callFloor(): Promise<CallFloor> {
  const wabt = await loadWabt();
  const loop = (live: number, calls: boolean): ((count: number) => void) => {
    const module = wabt.parseWat('floor.wat', text(live, calls));
    const buffer = Uint8Array.from(module.toBinary({}).buffer);
    module.destroy();
    const empty = (_cpu: number): void => {};
    const instance = new WebAssembly.Instance(new WebAssembly.Module(buffer), { p: { empty } });
    return instance.exports.loop as (count: number) => void;
  };
  const cost = (live: number): number => least(loop(live, true)) - least(loop(live, false));
  return { bare: cost(0), live: cost(LIVE) };
}

function text(live: number, calls: boolean): string {
  const values = Array.from({ length: live }, (_, i) => i);
  const all = (line: (i: number) => string): string => values.map(line).join('\n');
  return `(module
    (import "p" "empty" (func $empty (param i32)))
    (memory 1)
    (func (export "loop") (param $count i32) ${all((i) => `(local $x${i} i64)`)}
      ${all((i) => `(local.set $x${i} (i64.load offset=${8 * i} (i32.const 0)))`)}
      (loop $again
        ${calls ? '(call $empty (i32.const 0))' : ''}
        ${all((i) => `(local.set $x${i} (i64.add (local.get $x${i}) (i64.xor (local.get $x${(i + 1) % live}) (i64.const ${i + 3}))))`)}
        (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      ${all((i) => `(i64.store offset=${8 * i} (i32.const 0) (local.get $x${i}))`)}))`;
}

/** Nanoseconds a turn. */
function least(loop: (count: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = process.hrtime.bigint();
    loop(CALLS);
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / CALLS);
  }
  return best;
}

export function floorLine({ bare, live }: CallFloor): string {
  return (
    `Of an event that is a call, the engine's: ${bare.toFixed(1)} ns for an empty function called from WebAssembly in a loop, ` +
    `${live.toFixed(1)} ns with ${LIVE} values that change and live across the call.`
  );
}
