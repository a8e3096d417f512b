// A handler of SIGSEGV that reads registers from the signal frame, as garbage collectors and debuggers do. Around the
// faulting load one register is written twice: the dead-store mutant removes the first write, and the frame shows
// an old value.

#include "nolibc.h"

#define SA_SIGINFO 4
#define SIGSEGV 11
#define REGISTERS 176 // offset of the general registers in ucontext; register 0 is the pc

struct action {
  void (*handler)(int, void *, void *);
  unsigned long flags;
  unsigned long mask;
};

static volatile uint64_t seen, faults;

static void handler(int signal, void *info, void *context) {
  (void)signal;
  (void)info;
  uint64_t *registers = (uint64_t *)((char *)context + REGISTERS);
  seen = seen * 3 + registers[11]; // a1
  faults++;
  registers[0] += 4;
}

// Loads from `address` between two writes to a1, the second of which does not read the first.
static __attribute__((noinline)) uint64_t probe(const void *address, uint64_t mark) {
  register uint64_t a0 __asm__("a0") = (uint64_t)address, a2 __asm__("a2") = mark, a1 __asm__("a1");
  __asm__ volatile(
      ".option push\n\t.option norvc\n\t"
      "slli a1,%2,4\n\t"
      "ld %0,0(%0)\n\t"
      "xori a1,%2,1\n\t"
      ".option pop"
      : "+r"(a0), "=&r"(a1)
      : "r"(a2)
      : "memory");
  return a1;
}

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  struct action action = {handler, SA_SIGINFO, 0};
  static const uint64_t there = 5;
  syscall6(SYS_rt_sigaction, SIGSEGV, (long)&action, 0, 8, 0, 0);
  put("mapped\n");
  uint64_t sum = 0;
  for (uint64_t i = 1; i < 20; i++) sum += probe(&there, i);
  show("sum ", sum, 8);
  put("unmapped\n");
  for (uint64_t i = 1; i < 20; i++) sum += probe((const void *)0x123000, i);
  show("sum ", sum, 8);
  show("seen ", seen, 16);
  show("faults ", faults, 2);
  return 0;
}
