// 64-bit arithmetic that WebAssembly has no instruction for, total as the IR's op table demands.

export function muluh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >>> 32;
  const bl = b & 0xffffffff;
  const bh = b >>> 32;
  const ll = al * bl;
  const lh = al * bh;
  const hl = ah * bl;
  const middle = (ll >>> 32) + (lh & 0xffffffff) + (hl & 0xffffffff);
  return ah * bh + (lh >>> 32) + (hl >>> 32) + (middle >>> 32);
}
export function mulsh(a: i64, b: i64): i64 {
  return i64(muluh(u64(a), u64(b))) - ((a >> 63) & b) - ((b >> 63) & a);
}
export function mulsuh(a: i64, b: i64): i64 {
  return i64(muluh(u64(a), u64(b))) - ((a >> 63) & b);
}
export function div(a: i64, b: i64): i64 {
  if (!b) return -1;
  if (b == -1) return -a;
  return a / b;
}
export function divu(a: i64, b: i64): i64 {
  return b ? i64(u64(a) / u64(b)) : -1;
}
export function rem(a: i64, b: i64): i64 {
  if (!b) return a;
  if (b == -1) return 0;
  return a % b;
}
export function remu(a: i64, b: i64): i64 {
  return b ? i64(u64(a) % u64(b)) : a;
}
