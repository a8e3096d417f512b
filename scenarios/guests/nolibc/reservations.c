// Atomics where translators go wrong: a store-conditional to another address, one that finds its reservation used up,
// what a fetch-and-add returns, comparisons of words and of large values. Each stanza is a block of its own (at_NAME,
// see at.h; the mutants of these names fail there).

#include "nolibc.h"
#include "at.h"

static uint64_t cell[2];

#define ATOMIC(name, before, code, value)                                                                  \
  ({                                                                                                       \
    uint64_t result_ = 0;                                                                                  \
    __asm__ volatile(before "\n" AT(name) code                                                             \
                     : "+&r"(result_) : "r"(cell), "r"(cell + 1), "r"(OPAQUE(value)) : "t0", "memory");    \
    sum = sum * 31 + result_ + cell[0] + 3 * cell[1];                                                      \
  })

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint64_t sum = 1;
  cell[0] = cell[1] = 5;
  ATOMIC(conditional_address, "lr.d t0,(%1)", "sc.d %0,%3,(%2)", 9);
  ATOMIC(conditional_twice, "lr.w t0,(%1)", "sc.w %0,%3,(%1); sc.w t0,%3,(%1); add %0,%0,t0", 5);
  ATOMIC(fetch_and_add, "", "amoadd.w %0,%3,(%1)", 3);
  ATOMIC(minimum_word, "", "amominu.w %0,%3,(%1)", 0xffffffff00000001u);
  ATOMIC(maximum_sign, "", "amomaxu.d %0,%3,(%1)", 0x8000000000000000u);
  show("sum ", sum, 16);
  return 0;
}
