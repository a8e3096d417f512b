// Memory corners: stores that alias, narrow and misaligned accesses, pages that end, are protected or are not there.
// Each stanza is a block of its own (at_NAME, see at.h; the mutants of these names fail there).

#include "nolibc.h"
#include "at.h"

#define SA_SIGINFO 4
#define SIGSEGV 11
#define SYS_mprotect 226
#define REGISTERS 176 // offset of the general registers in ucontext; register 0 is the pc
#define PAGES 0x50000000

struct action {
  void (*handler)(int, void *, void *);
  unsigned long flags;
  unsigned long mask;
};

static volatile uint64_t faults;

// Goes on after the instruction that faulted, which is not compressed.
static void handler(int signal, void *info, void *context) {
  (void)signal;
  (void)info;
  faults++;
  ((uint64_t *)((char *)context + REGISTERS))[0] += 4;
}

static uint64_t cell[4] __attribute__((aligned(64)));

#define ACCESS(name, code, p, q, value)                                                                        \
  ({                                                                                                           \
    uint64_t result_ = 0;                                                                                      \
    __asm__ volatile(".option push; .option norvc\n" AT(name) code "\n.option pop"                             \
                     : "+&r"(result_) : "r"(OPAQUE(p)), "r"(OPAQUE(q)), "r"(OPAQUE(value)) : "t0", "memory");  \
    sum = sum * 31 + result_ + cell[0] + cell[1] + cell[2];                                                    \
  })

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint64_t sum = 1;
  struct action action = {handler, SA_SIGINFO, 0};
  syscall6(SYS_rt_sigaction, SIGSEGV, (long)&action, 0, 8, 0, 0);
  char *pages = (char *)syscall6(SYS_mmap, PAGES, 3 * 4096, 3, 0x32, -1, 0);
  if ((long)pages != PAGES) return 1;
  uint64_t *crossing = (uint64_t *)(pages + 4092);
  for (int i = -2; i < 4; i++) __asm__ volatile("sd %0,0(%1)" : : "r"(0x0123456789abcdefu + i), "r"(pages + 4096 + 8 * i) : "memory");

  ACCESS(load_hoist, "sd %3,0(%1); ld %0,0(%2)", cell, cell, 43);
  ACCESS(forward_alias, "sd %3,0(%1); sd zero,0(%2); ld %0,0(%1)", cell, cell, 41);
  ACCESS(forward_narrow, "sw %3,0(%1); lw %0,0(%1)", cell, 0, 0x180000000u);
  ACCESS(store_width, "sh %3,0(%1)", cell, 0, 0x12345678);
  ACCESS(load_sign, "lb %0,-1(%1)", (char *)cell + 1, 0, (cell[0] = 0xf0));
  ACCESS(half_order, "lw %0,2(%1)", cell, 0, (cell[0] = 0x1122334455667788u));
  ACCESS(page_wrap, "ld %0,0(%1)", crossing, 0, 0);
  // The last eight bytes: five on a page that is there, three on one that is not. The store faults and must leave nothing.
  ACCESS(partial_store, "sd %3,0(%1)", pages + 3 * 4096 - 5, 0, -1);
  __asm__ volatile("sd %0,0(%1)" : : "r"(7ul), "r"(pages + 4096) : "memory");
  syscall3(SYS_mprotect, PAGES, 2 * 4096, 1);
  ACCESS(stale_protection, "sd %3,0(%1)", pages + 4096, 0, -1);
  show("sum ", sum, 16);
  show("faults ", faults, 2);
  return 0;
}
