// Products of 64 by 64 bits from 32-bit halves, checked against mulhu. The mask of the low half is the constant
// 0xffffffff, which compilers make as -1 >> 32: what the constant-folding mutant gets wrong.

#include "nolibc.h"

static __attribute__((noinline)) uint64_t high(uint64_t x, uint64_t y) {
  uint64_t mask;
  __asm__("li %0,-1\n\tsrli %0,%0,32" : "=r"(mask));
  uint64_t xl = x & mask, xh = x >> 32, yl = y & mask, yh = y >> 32;
  uint64_t middle = xh * yl + (xl * yl >> 32);
  uint64_t carry = xl * yh + (middle & mask);
  return xh * yh + (middle >> 32) + (carry >> 32);
}

static int main(int argc, char **argv) {
  (void)argv;
  uint64_t x = 0x9e3779b97f4a7c15 * (uint64_t)argc, y = 0xbf58476d1ce4e5b9, sum = 0;
  int wrong = 0;
  put("products\n");
  for (int i = 0; i < 100; i++) {
    uint64_t product = high(x, y);
    wrong += product != (uint64_t)((unsigned __int128)x * y >> 64);
    sum = sum * 31 + product;
    x = x * 6364136223846793005 + 1442695040888963407;
    y ^= x >> 29;
  }
  show("sum ", sum, 16);
  show("wrong ", (uint64_t)wrong, 2);
  return wrong != 0;
}
