// The observation log of a replay: registers at each block's entry and a running digest of all stores.

import * as L from "../../memory/layout";
import { digestSlots, mix } from "./digest";

let count: i32 = 0;
let lost: i32 = 0;
let stores: u64 = 0;
let slotEnd: i32 = 0;
let sliceEnd: i64 = 0;

export function setObservedSlots(end: i32): void {
  slotEnd = end;
}
/** icount at which the budget of the slice that runs would be zero. */
export function setSliceEnd(icount: f64): void {
  sliceEnd = i64(icount);
}
export function getObserveCount(): i32 {
  return count;
}
/** Records that did not fit since the last clear. */
export function getObserveLost(): i32 {
  return lost;
}
export function clearObservations(): void {
  count = 0;
  lost = 0;
}
/** Begins the running digest of stores anew. */
export function getStores(): u64 {
  return stores;
}
export function setStores(value: u64): void {
  stores = value;
}
export function resetStores(): void {
  stores = 0;
}

export function observe_block(env: i32, insns: i64, id: i32): i64 {
  if (count >= L.OBSERVE_LIMIT) {
    lost++;
    return 0;
  }
  const at: usize = L.OBSERVE + usize(count) * L.OBSERVE_RECORD;
  store<i32>(at, id);
  store<i32>(at, load<i32>(env, L.ENV_CPU_INDEX), 4);
  store<i64>(at, sliceEnd - i64(load<i32>(env, L.ENV_BUDGET)) - insns, 8);
  store<u64>(at, digestSlots(usize(env), slotEnd), 16);
  store<u64>(at, stores, 24);
  count++;
  return 0;
}

export function observe_store(env: i32, addr: i64, value: i64, memop: i32): i64 {
  const bits = 8 << (memop & 3);
  const kept = bits == 64 ? value : value & ((i64(1) << i64(bits)) - 1);
  stores = mix(mix(stores, u64(addr)), u64(kept) + (u64(memop & 3) << 61));
  return 0;
}

/** Takes bytes into the digest of stores that the platform wrote to guest memory (system calls, signal frames). */
export function observeBytes(addr: i64, at: u32, length: i32): void {
  stores = mix(mix(stores, u64(addr)), u64(length) | (u64(1) << 63));
  const end = at + u32(length);
  for (; at + 8 <= end; at += 8) stores = mix(stores, load<u64>(at));
  for (; at < end; at++) stores = mix(stores, u64(load<u8>(at)));
}
