// Statistics of 32-bit samples, each taken once as unsigned and once as signed: loads that zero-extend followed by
// sign extensions of the same value, where the sign-extension mutant believes that nothing is left to do.

#include "nolibc.h"

static uint32_t samples[64];

static __attribute__((noinline)) uint64_t total(const uint32_t *from, int n, int64_t *balance) {
  uint64_t sum = 0;
  for (int i = 0; i < n; i++) {
    uint64_t raw;
    int64_t value;
    __asm__("lwu %0,%2\n\tsext.w %1,%0" : "=&r"(raw), "=r"(value) : "m"(from[i]));
    sum += raw;
    *balance += value;
  }
  return sum;
}

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint32_t x = 1;
  for (int i = 0; i < 64; i++) {
    samples[i] = x >> (i < 20 ? 8 : 0); // the first twenty are positive either way
    x = x * 1664525 + 1013904223;
  }
  int64_t balance = 0;
  put("positive\n");
  uint64_t sum = total(samples, 20, &balance);
  show("sum ", sum, 16);
  show("balance ", (uint64_t)balance, 16);
  put("all\n");
  sum = total(samples, 64, &balance);
  show("sum ", sum, 16);
  show("balance ", (uint64_t)balance, 16);
  return 0;
}
