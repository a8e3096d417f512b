// System calls whose results are checked as the C library checks them: errors are the unsigned values above
// -4096. The condition mutant compares as signed when the constant is negative, and every success looks like an
// error to it.

#include "nolibc.h"

static __attribute__((noinline)) long checked(long number, long argument, long *error) {
  register long a0 __asm__("a0") = argument, a7 __asm__("a7") = number;
  long failed;
  __asm__ volatile("ecall\n\tli %1,-4096\n\tsltu %1,%1,%0" : "+r"(a0), "=&r"(failed) : "r"(a7) : "memory");
  if (failed) {
    *error = -a0;
    return -1;
  }
  return a0;
}

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  long error = 0;
  put("bad descriptor\n");
  long result = checked(SYS_dup, 99, &error); // fails: the same in both readings
  show("result ", (uint64_t)result, 16);
  show("errno ", (uint64_t)error, 2);
  put("good descriptor\n");
  result = checked(SYS_dup, 1, &error);
  show("result ", (uint64_t)(result > 0), 1);
  return result < 0;
}
