// Counters built from lr/sc, and stores without a reservation. A store-conditional makes its 0 or 1 on two paths that
// join inside the block; the copy-propagation mutant carries what it knows of one path over the join, and every store
// succeeds in its eyes.

#include "nolibc.h"

static uint64_t counter;
static uint32_t word;

static __attribute__((noinline)) uint64_t add(uint64_t *cell, uint64_t amount) {
  uint64_t value, failed;
  __asm__ volatile("1: lr.d.aq %0,(%2)\n\tadd %0,%0,%3\n\tsc.d.rl %1,%0,(%2)\n\tbnez %1,1b"
                   : "=&r"(value), "=&r"(failed)
                   : "r"(cell), "r"(amount)
                   : "memory");
  return value;
}

// Without a reservation: always refused, and the register says so.
static __attribute__((noinline)) uint64_t store_unreserved(uint64_t *cell, uint64_t value) {
  uint64_t failed;
  __asm__ volatile("sc.d %0,%2,(%1)" : "=&r"(failed) : "r"(cell), "r"(value) : "memory");
  return failed;
}

static __attribute__((noinline)) uint32_t max32(uint32_t *cell, uint32_t value) {
  uint32_t old;
  __asm__ volatile("amomaxu.w %0,%2,(%1)" : "=r"(old) : "r"(cell), "r"(value) : "memory");
  return old;
}

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint64_t digest = 0;
  put("amo\n");
  for (uint32_t i = 0; i < 20; i++) digest = digest * 31 + max32(&word, i * 2654435761u);
  show("digest ", digest, 16);
  put("lr sc\n");
  for (uint64_t i = 1; i <= 20; i++) digest = digest * 31 + add(&counter, i * i);
  show("counter ", counter, 16);
  put("unreserved\n");
  uint64_t refused = 0;
  for (uint64_t i = 1; i <= 20; i++) refused += store_unreserved(&counter, i);
  show("refused ", refused, 2);
  show("counter ", counter, 16);
  show("digest ", digest, 16);
  return 0;
}
