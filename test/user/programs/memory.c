// The address space: mapping, protecting, growing, moving, and what is refused.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PG 4096L
#define T(expr) do { errno = 0; long result_ = (long)(expr); printf("%s = %ld %s\n", #expr, result_, result_ < 0 ? strerrorname_np(errno) : ""); } while (0)
#define FAILS(expr) do { errno = 0; void *result_ = (expr); printf("%s %s\n", #expr, result_ == MAP_FAILED ? strerrorname_np(errno) : "mapped"); } while (0)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static sigjmp_buf env;
static void fault(int s, siginfo_t *i, void *c) { siglongjmp(env, i->si_code); }
static int touch(volatile char *p, int write) {
  int code = sigsetjmp(env, 1);
  if (code) return code;
  if (write) *p = 1; else (void)*p;
  return 0;
}

int main(void) {
  struct sigaction sa = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, NULL);
  char *a = mmap(NULL, 8 * PG, RW, ANON, -1, 0);
  T(a[0] + a[8 * PG - 1]);
  memset(a, 'a', 8 * PG);
  T(mprotect(a + 2 * PG, PG, PROT_READ));
  T(touch(a + 2 * PG, 0));
  T(touch(a + 2 * PG, 1));
  T(mprotect(a + 3 * PG, PG, PROT_NONE));
  T(touch(a + 3 * PG, 0));
  T(mprotect(a, 8 * PG, RW));
  T(a[3 * PG]);
  T(munmap(a + 4 * PG, 2 * PG));
  T(touch(a + 4 * PG, 0));
  T(mprotect(a, 8 * PG, RW));
  T(mprotect(a + 1, PG, RW));
  T(munmap(a + 1, PG));
  T(munmap(a, 0));
  T(munmap(a + 4 * PG, PG));
  FAILS(mmap(a + 1, PG, RW, ANON | MAP_FIXED, -1, 0));
  FAILS(mmap(NULL, 0, RW, ANON, -1, 0));
  FAILS(mmap(NULL, PG, RW, MAP_ANONYMOUS, -1, 0));
  FAILS(mmap(NULL, -1UL, RW, ANON, -1, 0));
  T(mmap(a, PG, RW, ANON | MAP_FIXED, -1, 0) == a);
  T(a[0]);
  T(a[PG]);
  T(mmap(a + 4 * PG, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == a + 4 * PG);
  T(madvise(a + PG, PG, MADV_DONTNEED));
  T(a[PG]);
  T(a[2 * PG]);
  T(madvise(a + 1, PG, MADV_DONTNEED));
  // Moving and growing
  char *b = mmap(NULL, 4 * PG, RW, ANON, -1, 0);
  for (int i = 0; i < 4; i++) b[i * PG] = 'b' + i;
  char *c = mremap(b, 4 * PG, 16 * PG, MREMAP_MAYMOVE);
  T(c != MAP_FAILED);
  printf("%c%c%c%c%d\n", c[0], c[PG], c[2 * PG], c[3 * PG], c[4 * PG]);
  T(mremap(c, 16 * PG, 2 * PG, 0) == c);
  T(touch(c + 2 * PG, 0));
  char *d = mmap(NULL, 4 * PG, PROT_NONE, ANON, -1, 0);
  T(mremap(c, 2 * PG, 2 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, d) == d);
  printf("%c%c\n", d[0], d[PG]);
  T(touch(d + 2 * PG, 0));
  T(touch(c, 0));
  FAILS(mremap(d + 1, 2 * PG, PG, 0));
  FAILS(mremap((void *)0x600000000, PG, 2 * PG, MREMAP_MAYMOVE));
  // Heap
  char *brk0 = sbrk(0);
  T(sbrk(10 * PG) == brk0);
  brk0[9 * PG] = 1;
  T(brk(brk0 + PG));
  T(sbrk(0) == brk0 + PG);
  T(brk((void *)0x10) );
  // Big and sparse
  char *big = mmap(NULL, 1L << 30, RW, ANON | MAP_NORESERVE, -1, 0);
  T(big != MAP_FAILED);
  for (long i = 0; i < 1L << 30; i += 1L << 26) big[i] = i >> 26;
  long sum = 0;
  for (long i = 0; i < 1L << 30; i += 1L << 26) sum += big[i];
  T(sum);
  T(munmap(big, 1L << 30));
  // Many small ones
  char *many[200];
  for (int i = 0; i < 200; i++) { many[i] = mmap(NULL, PG, i & 1 ? PROT_READ : RW, ANON, -1, 0); if (!(i & 1)) many[i][0] = i; }
  for (int i = 0; i < 200; i += 3) munmap(many[i], PG);
  sum = 0;
  for (int i = 0; i < 200; i++) sum += touch(many[i], 0);
  T(sum);
  // Code made at run time
  unsigned *code = mmap(NULL, PG, RW | PROT_EXEC, ANON, -1, 0);
  for (int value = 1; value < 4; value++) {
    code[0] = 0x00000513 | value << 20;  // li a0, value
    code[1] = 0x00008067;                // ret
    __builtin___clear_cache((char *)code, (char *)(code + 2));
    printf("made code says %d\n", ((int (*)(void))code)());
  }
  T(mprotect(code, PG, PROT_READ | PROT_EXEC));
  T(touch((char *)code, 1));
  T(((int (*)(void))code)());
  // Arguments of calls that cannot be read or written
  T(write(1, (void *)0x10, 5));
  T(write(1, a + 3 * PG, 0));
  T(open((void *)0x10, O_RDONLY));
  T(syscall(SYS_getcwd, 16, 100));
  T(syscall(SYS_clock_gettime, 1, 8));
  T(syscall(SYS_clock_gettime, 99, a));
  T(syscall(SYS_rt_sigaction, 5, 8, 0, 8));
  T(syscall(SYS_mincore, a, PG, 16));
  T(mlock(a, PG));
  T(munlock(a, PG));
  struct rlimit rl;
  T(getrlimit(RLIMIT_STACK, &rl));
  T(getrlimit(99, &rl));
  T(syscall(SYS_getpriority, 0, 0) > 0); // the value is that of whoever runs the tests
  T(syscall(9999));
  char *strings[1000];
  for (int i = 0; i < 1000; i++) { strings[i] = malloc(i * 97 + 1); memset(strings[i], i, i * 97 + 1); }
  for (int i = 0; i < 1000; i += 2) free(strings[i]);
  char *huge = malloc(50 << 20);
  huge[40 << 20] = 3;
  huge = realloc(huge, 100 << 20);
  T(huge[40 << 20]);
  free(huge);
  return 0;
}
