// A loop hot enough to be compiled, which reads registers it never writes (entry-load), and a loop that a timer's signal
// ends (late-signal). Each begins at its symbol at_NAME, see at.h.

#include "nolibc.h"
#include "at.h"

#define SIGALRM 14
#define SYS_setitimer 103

struct action {
  void (*handler)(int);
  unsigned long flags;
  unsigned long mask;
};

volatile uint64_t handled, kept;
static void handler(int signal) { handled += (uint64_t)signal; }

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint64_t sum = 0;
  __asm__ volatile("li s2,0x9e3779b9; li s3,5; li t0,20000\n\t"
                   AT(entry_load)
                   "add %0,%0,s2; xor %0,%0,s3; addi t0,t0,-1; bnez t0,at_entry_load"
                   : "+r"(sum) : : "s2", "s3", "t0");
  kept = sum;
  show("sum ", sum, 16);
  struct action action = {handler, 0, 0};
  syscall6(SYS_rt_sigaction, SIGALRM, (long)&action, 0, 8, 0, 0);
  // Interval and first expiry, in seconds and microseconds: once, after 5 microseconds.
  static const long timer[] = {0, 0, 0, 5};
  syscall3(SYS_setitimer, 0, (long)timer, 0);
  uint64_t turns = 0;
  __asm__ volatile(AT(late_signal) "addi %0,%0,1; xor t1,t1,%0; slli t1,t1,1; ld t0,0(%1); beqz t0,at_late_signal"
                   : "+r"(turns) : "r"(&handled) : "t0", "t1", "memory");
  show("handled ", handled, 2);
  return 0;
}
