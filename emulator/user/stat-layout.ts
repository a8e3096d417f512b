// struct stat, struct statx, struct statfs and struct linux_dirent64 as riscv64 Linux lays them out. Owner, device and
// block sizes are the same everywhere.

import type { FileStat } from './files.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './files.ts';
import { GID, UID } from './process.ts';

export const STAT_SIZE = 128;
export const STATX_SIZE = 256;
export const STATFS_SIZE = 120;
const DEVICE_MINOR = 1;
const BLOCK_SIZE = 4096;
const STATX_BASIC_STATS = 0x7ff;

const blocksOf = (stat: FileStat): bigint => BigInt(Math.ceil(stat.size / BLOCK_SIZE) * 8);

export function encodeStat(stat: FileStat): Uint8Array {
  const bytes = new Uint8Array(STAT_SIZE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(DEVICE_MINOR), true);
  view.setBigUint64(8, BigInt(stat.ino), true);
  view.setUint32(16, stat.mode, true);
  view.setUint32(20, stat.nlink, true);
  view.setUint32(24, UID, true);
  view.setUint32(28, GID, true);
  view.setBigInt64(48, BigInt(stat.size), true);
  view.setInt32(56, BLOCK_SIZE, true);
  view.setBigInt64(64, blocksOf(stat), true);
  const times = [stat.atime, stat.mtime, stat.mtime];
  times.forEach((time, i) => {
    view.setBigInt64(72 + 16 * i, BigInt(time.seconds), true);
    view.setBigInt64(80 + 16 * i, BigInt(time.nanos), true);
  });
  return bytes;
}

export function encodeStatx(stat: FileStat): Uint8Array {
  const bytes = new Uint8Array(STATX_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, STATX_BASIC_STATS, true);
  view.setUint32(4, BLOCK_SIZE, true);
  view.setUint32(16, stat.nlink, true);
  view.setUint32(20, UID, true);
  view.setUint32(24, GID, true);
  view.setUint16(28, stat.mode, true);
  view.setBigUint64(32, BigInt(stat.ino), true);
  view.setBigUint64(40, BigInt(stat.size), true);
  view.setBigUint64(48, blocksOf(stat), true);
  // atime, (birth time unknown), ctime, mtime
  [stat.atime, undefined, stat.mtime, stat.mtime].forEach((time, i) => {
    if (time === undefined) return;
    view.setBigInt64(64 + 16 * i, BigInt(time.seconds), true);
    view.setUint32(72 + 16 * i, time.nanos, true);
  });
  view.setUint32(0x8c, DEVICE_MINOR, true);
  return bytes;
}

export function encodeStatfs(): Uint8Array {
  const bytes = new Uint8Array(STATFS_SIZE);
  const view = new DataView(bytes.buffer);
  const words = [0xef53, BLOCK_SIZE, 1 << 20, 1 << 19, 1 << 19, 1 << 16, 1 << 15, 0, 255, BLOCK_SIZE, 0];
  words.forEach((word, i) => {
    view.setBigUint64(8 * i, BigInt(word), true);
  });
  return bytes;
}

const encoder = new TextEncoder();

/** One directory entry; `next` is the position after it. */
export function encodeDirent(name: string, ino: number, type: number, next: number): Uint8Array {
  const text = encoder.encode(name);
  const length = Math.ceil((19 + text.length + 1) / 8) * 8;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(ino), true);
  view.setBigInt64(8, BigInt(next), true);
  view.setUint16(16, length, true);
  const kind = type & S_IFMT;
  view.setUint8(18, kind === S_IFDIR ? 4 : kind === S_IFREG ? 8 : kind === S_IFLNK ? 10 : 0);
  bytes.set(text, 19);
  return bytes;
}
