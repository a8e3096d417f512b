// Time, identity and limits: relations that hold everywhere, not the numbers.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define T(expr) do { errno = 0; long result_ = (long)(expr); printf("%s = %ld %s\n", #expr, result_, result_ < 0 ? strerrorname_np(errno) : ""); } while (0)

static long ns(clockid_t c) { struct timespec t; clock_gettime(c, &t); return t.tv_sec * 1000000000L + t.tv_nsec; }

int main(int argc, char **argv) {
  clockid_t clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 11};
  for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    long a = ns(clocks[i]);
    for (volatile int j = 0; j < 1000; j++) {}
    struct timespec res;
    printf("clock %d forward %d res %d\n", clocks[i], ns(clocks[i]) >= a, clock_getres(clocks[i], &res));
  }
  long before = ns(CLOCK_MONOTONIC), real = ns(CLOCK_REALTIME), cpu = ns(CLOCK_PROCESS_CPUTIME_ID);
  struct timespec t = {0, 20000000};
  T(nanosleep(&t, NULL));
  long slept = ns(CLOCK_MONOTONIC) - before;
  T(slept >= 20000000 && slept < 2000000000);
  T(ns(CLOCK_REALTIME) - real >= 20000000);
  T(ns(CLOCK_PROCESS_CPUTIME_ID) - cpu < 20000000);
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += 5000000;
  if (t.tv_nsec >= 1000000000) { t.tv_sec++; t.tv_nsec -= 1000000000; }
  T(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
  T(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
  t.tv_nsec = 2000000000;
  T(nanosleep(&t, NULL));
  T(clock_nanosleep(99, 0, &t, NULL));
  struct timeval tv;
  T(gettimeofday(&tv, NULL));
  T(labs(tv.tv_sec - time(NULL)) <= 1);
  T(tv.tv_sec >= 1577836800);
  struct tms tms;
  T(times(&tms) >= 0);
  struct rusage ru;
  T(getrusage(RUSAGE_SELF, &ru));
  T(getrusage(55, &ru));
  T(clock() >= 0);
  struct utsname u;
  T(uname(&u));
  printf("%s %s\n", u.sysname, u.machine);
  struct sysinfo si;
  T(sysinfo(&si));
  T(si.totalram > 0);
  T(getpid() > 0);
  T(syscall(SYS_gettid) == getpid());
  T(getuid() == geteuid());
  T(getgid() == getegid());
  cpu_set_t set;
  T(sched_getaffinity(0, sizeof set, &set));
  T(CPU_COUNT(&set) >= 1);
  T(sched_yield());
  T(sched_getcpu() >= 0);
  char name[17] = {0};
  T(prctl(PR_SET_NAME, "a name that is far too long"));
  T(prctl(PR_GET_NAME, name));
  printf("%s\n", name);
  T(prctl(12345));
  unsigned char r1[16], r2[16];
  T(getrandom(r1, 16, 0));
  T(getrandom(r2, 16, 0));
  T(memcmp(r1, r2, 16) != 0);
  T(getrandom(r1, 16, 0xff));
  T(sysconf(_SC_PAGESIZE));
  T(sysconf(_SC_CLK_TCK));
  T(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
  struct rlimit rl = {100, 200};
  T(setrlimit(RLIMIT_NOFILE, &rl));
  T(getrlimit(RLIMIT_NOFILE, &rl));
  printf("%ld %ld\n", (long)rl.rlim_cur, (long)rl.rlim_max);
  printf("args %d %s %s env %s\n", argc, argv[1], argc > 2 ? argv[2] : "-", getenv("GREETING"));
  unsigned long cycles;
  __asm__ volatile("rdcycle %0" : "=r"(cycles));
  T(cycles > 0);
  exit(300);
}
