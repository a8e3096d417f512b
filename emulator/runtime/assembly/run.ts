// The dispatch loop and tier 0: runs translated blocks from the pc of one vCPU until something needs TypeScript.
//
// Blocks with a compiled function are called through the table; the others are interpreted from their bytecode
// (backend/interp/bytecode.ts names the numbers below). Interpreted blocks follow their links without leaving.

import * as L from "../../memory/layout";
import { link, pluginAccess, pluginExec } from "./host";
import { callHelper } from "./helpers";
import { div, divu, mulsh, mulsuh, muluh, rem, remu } from "./arith";
import { slowLoad, slowStore, status } from "./memory";

/** Flag of plugin_call as in ir/op.ts: the callback is told of an access. */
const CALL_MEM: i32 = 8;

/** Power of two: executions in tier 0 after which (and each time again) EXIT_HOT is raised; 0 = never. */
let hotThreshold: i32 = 0;
export function setHotThreshold(count: i32): void {
  hotThreshold = count;
}

// Operands: w is the record's first word, u16 op, d, a, b.
// @ts-ignore: decorator
@inline
function A(env: usize, w: u64): i64 {
  return load<i64>(env + usize((w >>> 32) & 0xffff));
}
// @ts-ignore: decorator
@inline
function B(env: usize, w: u64): i64 {
  return load<i64>(env + usize(w >>> 48));
}
// @ts-ignore: decorator
@inline
function setD(env: usize, w: u64, value: i64): void {
  store<i64>(env + usize((w >>> 16) & 0xffff), value);
}
// @ts-ignore: decorator
@inline
function imm(ip: usize): i64 {
  return load<i64>(ip, 8);
}

/** Linear address + 1 of a TLB hit, 0 of a miss. */
// @ts-ignore: decorator
@inline
function hit(env: usize, addr: i64, size: i64, kind: usize): usize {
  const at = env + L.ENV_TLB + usize((u32(addr >> L.PAGE_SHIFT) & (L.TLB_ENTRIES - 1)) * L.TLB_ENTRY_SIZE);
  if ((addr & (-4096 | (size - 1))) != load<i64>(at + kind)) return 0;
  return usize(load<u32>(at, L.TLB_ADDEND) + u32(addr)) + 1;
}

/** Leaves at the instruction whose number is the high half of the record's immediate, with `status` as reason. */
function leave(env: usize, tb: usize, ip: usize): void {
  stopAt(env, tb, load<i32>(ip, 12), status);
}

/**
 * Leaves at instruction `index` of `tb`. The budget keeps this instruction charged, except when it is to be run again
 * (EXIT_IO).
 */
function stopAt(env: usize, tb: usize, index: i32, reason: i32): void {
  const remain = load<i32>(tb, L.TB_INSNS) - index;
  store<i64>(env, load<i64>(tb, L.TB_PC) + i64(load<u16>(load<u32>(tb, L.TB_OFFSETS) + index * 2)));
  store<i32>(env, reason, L.ENV_EXIT);
  store<i32>(env, remain, L.ENV_REMAIN);
  store<i32>(env, i32(tb), L.ENV_TB);
  store<i32>(env, index, L.ENV_EXIT_INSN);
  const refund = reason == L.EXIT_IO ? remain : remain - 1;
  store<i32>(env, load<i32>(env, L.ENV_BUDGET) + refund, L.ENV_BUDGET);
}

// @ts-ignore: decorator
@inline
function stop(env: usize, pc: i64, tb: usize, reason: i32): void {
  store<i64>(env, pc);
  store<i32>(env, i32(tb), L.ENV_TB);
  store<i32>(env, reason, L.ENV_EXIT);
}

/**
 * Runs compiled code from function `first` on, as long as what comes next is compiled too. Gives the pc behind it, or 1 when code
 * has left for a reason. It has a function of its own, and is exported that the compiler leaves it one: in one as large as
 * `run` the engine moves values about between blocks.
 */
export function runCompiled(env: usize, first: i32): i64 {
  let fn = first;
  while (true) {
    const pc = call_indirect<i64>(fn, env);
    const tb: usize = load<u32>(L.JUMP_CACHE + ((usize(pc) >>> 1) & (L.JUMP_CACHE_ENTRIES - 1)) * 4);
    if (!tb || load<i64>(tb, L.TB_PC) != pc) return pc;
    fn = load<i32>(tb, L.TB_FUNC);
    if (!fn) return pc;
  }
}

/**
 * Runs from env's pc until ENV_EXIT says why not further. `first` is a TB record to start with instead of looking pc
 * up (a cut or resumed block, or one too long for a region), 0 for none. With `interpret` no compiled code is used.
 */
export function run(env: usize, first: usize, interpret: bool): void {
  let pc = load<i64>(env);
  let tb = first;
  let addr: i64 = 0;
  let at: usize = 0;
  let value: i64 = 0;
  while (true) {
    if (!tb) {
      tb = load<u32>(L.JUMP_CACHE + ((usize(pc) >>> 1) & (L.JUMP_CACHE_ENTRIES - 1)) * 4);
      if (!tb || load<i64>(tb, L.TB_PC) != pc) return stop(env, pc, 0, L.EXIT_LOOKUP);
    }
    const fn = load<i32>(tb, L.TB_FUNC);
    if (fn && !interpret) {
      pc = runCompiled(env, fn);
      if (pc == 1) {
        if (load<i32>(env, L.ENV_EXIT) != L.EXIT_BUDGET) return;
        // Too little left for the region's next stretch: tier 0 finishes to the exact instruction.
        interpret = true;
        pc = load<i64>(env);
      }
      tb = 0;
      continue;
    }
    const insns = load<i32>(tb, L.TB_INSNS);
    const budget = load<i32>(env, L.ENV_BUDGET);
    if (budget < insns) return stop(env, load<i64>(tb), tb, L.EXIT_BUDGET);
    const count = load<i32>(tb, L.TB_COUNT) + 1;
    store<i32>(tb, count, L.TB_COUNT);
    if (hotThreshold && !(count & (hotThreshold - 1)) && !(load<i32>(tb, L.TB_FLAGS) & L.TB_UNLINKED) && !fn) {
      return stop(env, load<i64>(tb), tb, L.EXIT_HOT);
    }
    store<i32>(env, budget - insns, L.ENV_BUDGET);
    const code: usize = load<u32>(tb, L.TB_CODE);
    let ip = code;
    while (true) {
      const w = load<u64>(ip);
      switch (i32(w & 0xffff)) {
        case 0: // movi
          setD(env, w, imm(ip));
          break;
        case 1: // mov
          setD(env, w, A(env, w));
          break;
        case 2: // add
          setD(env, w, A(env, w) + B(env, w));
          break;
        case 3: // sub
          setD(env, w, A(env, w) - B(env, w));
          break;
        case 4: // mul
          setD(env, w, A(env, w) * B(env, w));
          break;
        case 5: // mulsh
          setD(env, w, mulsh(A(env, w), B(env, w)));
          break;
        case 6: // muluh
          setD(env, w, i64(muluh(u64(A(env, w)), u64(B(env, w)))));
          break;
        case 7: // mulsuh
          setD(env, w, mulsuh(A(env, w), B(env, w)));
          break;
        case 8: // div
          setD(env, w, div(A(env, w), B(env, w)));
          break;
        case 9: // divu
          setD(env, w, divu(A(env, w), B(env, w)));
          break;
        case 10: // rem
          setD(env, w, rem(A(env, w), B(env, w)));
          break;
        case 11: // remu
          setD(env, w, remu(A(env, w), B(env, w)));
          break;
        case 12: // and
          setD(env, w, A(env, w) & B(env, w));
          break;
        case 13: // or
          setD(env, w, A(env, w) | B(env, w));
          break;
        case 14: // xor
          setD(env, w, A(env, w) ^ B(env, w));
          break;
        case 15: // andc
          setD(env, w, A(env, w) & ~B(env, w));
          break;
        case 16: // orc
          setD(env, w, A(env, w) | ~B(env, w));
          break;
        case 17: // eqv
          setD(env, w, ~(A(env, w) ^ B(env, w)));
          break;
        case 18: // shl
          setD(env, w, A(env, w) << (B(env, w) & 63));
          break;
        case 19: // shr
          setD(env, w, i64(u64(A(env, w)) >> (u64(B(env, w)) & 63)));
          break;
        case 20: // sar
          setD(env, w, A(env, w) >> (B(env, w) & 63));
          break;
        case 21: // rotl
          setD(env, w, rotl<i64>(A(env, w), B(env, w) & 63));
          break;
        case 22: // rotr
          setD(env, w, rotr<i64>(A(env, w), B(env, w) & 63));
          break;
        case 23: // add imm
          setD(env, w, A(env, w) + imm(ip));
          break;
        case 24: // sub imm
          setD(env, w, A(env, w) - imm(ip));
          break;
        case 25: // mul imm
          setD(env, w, A(env, w) * imm(ip));
          break;
        case 26: // mulsh imm
          setD(env, w, mulsh(A(env, w), imm(ip)));
          break;
        case 27: // muluh imm
          setD(env, w, i64(muluh(u64(A(env, w)), u64(imm(ip)))));
          break;
        case 28: // mulsuh imm
          setD(env, w, mulsuh(A(env, w), imm(ip)));
          break;
        case 29: // div imm
          setD(env, w, div(A(env, w), imm(ip)));
          break;
        case 30: // divu imm
          setD(env, w, divu(A(env, w), imm(ip)));
          break;
        case 31: // rem imm
          setD(env, w, rem(A(env, w), imm(ip)));
          break;
        case 32: // remu imm
          setD(env, w, remu(A(env, w), imm(ip)));
          break;
        case 33: // and imm
          setD(env, w, A(env, w) & imm(ip));
          break;
        case 34: // or imm
          setD(env, w, A(env, w) | imm(ip));
          break;
        case 35: // xor imm
          setD(env, w, A(env, w) ^ imm(ip));
          break;
        case 36: // andc imm
          setD(env, w, A(env, w) & ~imm(ip));
          break;
        case 37: // orc imm
          setD(env, w, A(env, w) | ~imm(ip));
          break;
        case 38: // eqv imm
          setD(env, w, ~(A(env, w) ^ imm(ip)));
          break;
        case 39: // shl imm
          setD(env, w, A(env, w) << (imm(ip) & 63));
          break;
        case 40: // shr imm
          setD(env, w, i64(u64(A(env, w)) >> (u64(imm(ip)) & 63)));
          break;
        case 41: // sar imm
          setD(env, w, A(env, w) >> (imm(ip) & 63));
          break;
        case 42: // rotl imm
          setD(env, w, rotl<i64>(A(env, w), imm(ip) & 63));
          break;
        case 43: // rotr imm
          setD(env, w, rotr<i64>(A(env, w), imm(ip) & 63));
          break;
        case 44: // neg
          setD(env, w, -A(env, w));
          break;
        case 45: // not
          setD(env, w, ~A(env, w));
          break;
        case 46: // ext8s
          setD(env, w, i64(i8(A(env, w))));
          break;
        case 47: // ext16s
          setD(env, w, i64(i16(A(env, w))));
          break;
        case 48: // ext32s
          setD(env, w, i64(i32(A(env, w))));
          break;
        case 49: // ext8u
          setD(env, w, A(env, w) & 0xff);
          break;
        case 50: // ext16u
          setD(env, w, A(env, w) & 0xffff);
          break;
        case 51: // ext32u
          setD(env, w, A(env, w) & 0xffffffff);
          break;
        case 52: // clz
          setD(env, w, clz<i64>(A(env, w)));
          break;
        case 53: // ctz
          setD(env, w, ctz<i64>(A(env, w)));
          break;
        case 54: // ctpop
          setD(env, w, popcnt<i64>(A(env, w)));
          break;
        case 55: // bswap
          setD(env, w, bswap<i64>(A(env, w)));
          break;
        case 56: // setcond eq
          setD(env, w, i64(A(env, w) == B(env, w)));
          break;
        case 57: // setcond ne
          setD(env, w, i64(A(env, w) != B(env, w)));
          break;
        case 58: // setcond lt
          setD(env, w, i64(A(env, w) < B(env, w)));
          break;
        case 59: // setcond ge
          setD(env, w, i64(A(env, w) >= B(env, w)));
          break;
        case 60: // setcond ltu
          setD(env, w, i64(u64(A(env, w)) < u64(B(env, w))));
          break;
        case 61: // setcond geu
          setD(env, w, i64(u64(A(env, w)) >= u64(B(env, w))));
          break;
        case 62: // setcond gt
          setD(env, w, i64(A(env, w) > B(env, w)));
          break;
        case 63: // setcond le
          setD(env, w, i64(A(env, w) <= B(env, w)));
          break;
        case 64: // setcond gtu
          setD(env, w, i64(u64(A(env, w)) > u64(B(env, w))));
          break;
        case 65: // setcond leu
          setD(env, w, i64(u64(A(env, w)) <= u64(B(env, w))));
          break;
        case 66: // setcond eq imm
          setD(env, w, i64(A(env, w) == imm(ip)));
          break;
        case 67: // setcond ne imm
          setD(env, w, i64(A(env, w) != imm(ip)));
          break;
        case 68: // setcond lt imm
          setD(env, w, i64(A(env, w) < imm(ip)));
          break;
        case 69: // setcond ge imm
          setD(env, w, i64(A(env, w) >= imm(ip)));
          break;
        case 70: // setcond ltu imm
          setD(env, w, i64(u64(A(env, w)) < u64(imm(ip))));
          break;
        case 71: // setcond geu imm
          setD(env, w, i64(u64(A(env, w)) >= u64(imm(ip))));
          break;
        case 72: // setcond gt imm
          setD(env, w, i64(A(env, w) > imm(ip)));
          break;
        case 73: // setcond le imm
          setD(env, w, i64(A(env, w) <= imm(ip)));
          break;
        case 74: // setcond gtu imm
          setD(env, w, i64(u64(A(env, w)) > u64(imm(ip))));
          break;
        case 75: // setcond leu imm
          setD(env, w, i64(u64(A(env, w)) <= u64(imm(ip))));
          break;
        case 76: // brcond eq
          if (A(env, w) == B(env, w)) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 77: // brcond ne
          if (A(env, w) != B(env, w)) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 78: // brcond lt
          if (A(env, w) < B(env, w)) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 79: // brcond ge
          if (A(env, w) >= B(env, w)) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 80: // brcond ltu
          if (u64(A(env, w)) < u64(B(env, w))) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 81: // brcond geu
          if (u64(A(env, w)) >= u64(B(env, w))) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 82: // brcond gt
          if (A(env, w) > B(env, w)) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 83: // brcond le
          if (A(env, w) <= B(env, w)) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 84: // brcond gtu
          if (u64(A(env, w)) > u64(B(env, w))) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 85: // brcond leu
          if (u64(A(env, w)) <= u64(B(env, w))) {
            ip = code + (u32(imm(ip)) << 4);
            continue;
          }
          break;
        case 86: // brcond eq imm
          if (A(env, w) == imm(ip)) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 87: // brcond ne imm
          if (A(env, w) != imm(ip)) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 88: // brcond lt imm
          if (A(env, w) < imm(ip)) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 89: // brcond ge imm
          if (A(env, w) >= imm(ip)) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 90: // brcond ltu imm
          if (u64(A(env, w)) < u64(imm(ip))) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 91: // brcond geu imm
          if (u64(A(env, w)) >= u64(imm(ip))) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 92: // brcond gt imm
          if (A(env, w) > imm(ip)) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 93: // brcond le imm
          if (A(env, w) <= imm(ip)) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 94: // brcond gtu imm
          if (u64(A(env, w)) > u64(imm(ip))) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 95: // brcond leu imm
          if (u64(A(env, w)) <= u64(imm(ip))) {
            ip = code + (u32(w >>> 48) << 4);
            continue;
          }
          break;
        case 96: // select
          setD(env, w, A(env, w) ? B(env, w) : load<i64>(env + usize(imm(ip))));
          break;
        case 97: // br
          ip = code + (u32(imm(ip)) << 4);
          continue;
        case 98: // ld u8
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 1, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<u8>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 0);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 99: // ld u16
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 2, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<u16>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 1);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 100: // ld u32
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 4, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<u32>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 2);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 101: // ld u64
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 8, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<i64>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 3);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 102: // ld s8
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 1, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<i8>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 4);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 103: // ld s16
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 2, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<i16>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 5);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 104: // ld s32
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 4, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<i32>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 6);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 105: // ld s64
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 8, L.TLB_READ);
          if (at) {
            setD(env, w, i64(load<i64>(at - 1)));
            break;
          }
          value = slowLoad(env, addr, 7);
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 106: // ld, any form
          value = slowLoad(env, A(env, w) + i64(i32(imm(ip))), i32(w >>> 48));
          if (status) return leave(env, tb, ip);
          setD(env, w, value);
          break;
        case 107: // st 8
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 1, L.TLB_WRITE);
          if (at) {
            store<u8>(at - 1, u8(B(env, w)));
            break;
          }
          slowStore(env, tb, addr, B(env, w), 0);
          if (status) return leave(env, tb, ip);
          break;
        case 108: // st 16
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 2, L.TLB_WRITE);
          if (at) {
            store<u16>(at - 1, u16(B(env, w)));
            break;
          }
          slowStore(env, tb, addr, B(env, w), 1);
          if (status) return leave(env, tb, ip);
          break;
        case 109: // st 32
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 4, L.TLB_WRITE);
          if (at) {
            store<u32>(at - 1, u32(B(env, w)));
            break;
          }
          slowStore(env, tb, addr, B(env, w), 2);
          if (status) return leave(env, tb, ip);
          break;
        case 110: // st 64
          addr = A(env, w) + i64(i32(imm(ip)));
          at = hit(env, addr, 8, L.TLB_WRITE);
          if (at) {
            store<i64>(at - 1, i64(B(env, w)));
            break;
          }
          slowStore(env, tb, addr, B(env, w), 3);
          if (status) return leave(env, tb, ip);
          break;
        case 111: // st, any form
          slowStore(env, tb, A(env, w) + i64(i32(imm(ip))), B(env, w), i32((w >>> 16) & 0xffff));
          if (status) return leave(env, tb, ip);
          break;
        case 112: // call
          value = imm(ip);
          setD(
            env,
            w,
            callHelper(
              i32(value & 0xffff), i32(env), A(env, w), B(env, w),
              load<i64>(env + usize((value >>> 16) & 0xffff)), i32(value >>> 32),
            ),
          );
          break;
        case 113: // goto_tb 0
        case 114: {
          // goto_tb 1
          const slot = i32(w & 0xffff) - 113;
          pc = imm(ip);
          let next: usize = load<u32>(tb + slot * 4, L.TB_LINK0);
          if (!next) next = link(i32(tb), slot, pc);
          tb = next;
          break;
        }
        case 115: // goto_ptr
          pc = load<i64>(env);
          tb = 0;
          break;
        case 116: // exit
          store<i64>(env, i64(i32(imm(ip))), L.ENV_EXIT_VALUE);
          return stopAt(env, tb, load<i32>(ip, 12), i32((w >>> 32) & 0xffff));
        case 117: // plugin_add
          at = load<u32>(ip, 16) + load<i32>(ip, 20) * load<i32>(env, L.ENV_CPU_INDEX);
          store<i64>(at, load<i64>(at) + A(env, w));
          ip += 16;
          break;
        case 118: // plugin_store
          at = load<u32>(ip, 16) + load<i32>(ip, 20) * load<i32>(env, L.ENV_CPU_INDEX);
          store<i64>(at, A(env, w));
          ip += 16;
          break;
        case 119: // plugin_ring
          at = load<u32>(ip, 16);
          store<u32>(load<u32>(ip, 20) + (load<u32>(at) & load<u32>(ip, 24)), u32(A(env, w)));
          store<u32>(at, load<u32>(at) + 4);
          ip += 16;
          break;
        case 120: // plugin_call
          // The callback may read the pc: it is not kept up to date in between.
          store<i64>(env, load<i64>(tb, L.TB_PC) + i64(load<u16>(load<u32>(tb, L.TB_OFFSETS) + load<i32>(ip, 28) * 2)));
          store<i32>(env, load<i32>(tb, L.TB_INSNS) - load<i32>(ip, 28), L.ENV_REMAIN);
          if (load<i32>(ip, 20) & CALL_MEM) {
            store<i64>(env, B(env, w), L.ENV_VALUE);
            pluginAccess(load<i32>(ip, 16), load<i32>(env, L.ENV_CPU_INDEX), A(env, w));
          } else pluginExec(load<i32>(ip, 16), load<i32>(env, L.ENV_CPU_INDEX));
          ip += 16;
          break;
        case 121: // plugin_ld
          at = load<u32>(ip, 16) + load<i32>(ip, 20) * load<i32>(env, L.ENV_CPU_INDEX) + u32(A(env, w));
          setD(env, w, load<i64>(at));
          ip += 16;
          break;
        case 122: // plugin_st
          at = load<u32>(ip, 16) + load<i32>(ip, 20) * load<i32>(env, L.ENV_CPU_INDEX) + u32(A(env, w));
          store<i64>(at, B(env, w));
          ip += 16;
          break;
        default:
          unreachable();
      }
      if (u32((w & 0xffff) - 113) <= 2) break; // goto_tb, goto_ptr: on to the next block
      ip += 16;
    }
  }
}
