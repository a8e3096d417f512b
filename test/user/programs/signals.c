// Signals: handlers in all their forms, masks, waiting, restarting, jumping out, faults. One thread.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <fenv.h>

static sigjmp_buf env;
static volatile int depth, seen;
static char alt[65536] __attribute__((aligned(16)));
#define NAME(s) sigabbrev_np(s)

static void simple(int s) { printf("simple %s\n", NAME(s)); }
static void info(int s, siginfo_t *i, void *c) {
  ucontext_t *u = c;
  printf("info %s signo %d code %d errno %d pid %d value %d aligned %d link %d\n", NAME(s) ? NAME(s) : "rt", i->si_signo, i->si_code, i->si_errno,
         i->si_code <= 0 && i->si_code != SI_TIMER ? i->si_pid == getpid() : -1, i->si_code == SI_QUEUE ? i->si_value.sival_int : -1,
         (int)((unsigned long)u % 16), u->uc_link != NULL);
}
static void nested(int s) {
  if (depth++ < 3) { printf("down %d\n", depth); raise(s); printf("up %d\n", depth); }
}
static void jump(int s, siginfo_t *i, void *c) {
  printf("fault %s code %d addr %p\n", NAME(s), i->si_code, s == SIGILL || s == SIGTRAP ? 0 : i->si_addr);
  siglongjmp(env, s);
}
static void onalt(int s) {
  char here;
  printf("on alt stack %d\n", &here >= alt && &here < alt + sizeof alt);
  stack_t st;
  sigaltstack(NULL, &st);
  printf("flags %d\n", st.ss_flags);
  errno = 0;
  int r = sigaltstack(&st, NULL);
  printf("change inside %d %d\n", r, errno == EPERM);
}
static void skip(int s, siginfo_t *i, void *c) {
  ucontext_t *u = c;
  u->uc_mcontext.__gregs[0] += 4;       // over the faulting instruction
  u->uc_mcontext.__gregs[REG_A0] = 77;  // as if it had loaded this
}
static void count(int s) { seen++; }

static void set(int s, void *h, int flags) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_sigaction = h;
  a.sa_flags = flags;
  sigaction(s, &a, NULL);
}

int main(void) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  set(SIGUSR1, simple, 0);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  set(SIGUSR2, info, SA_SIGINFO);
  raise(SIGUSR2);
  kill(getpid(), SIGUSR2);
  set(SIGRTMIN + 1, info, SA_SIGINFO);
  union sigval v = {.sival_int = 1234};
  sigqueue(getpid(), SIGRTMIN + 1, v);
  // Blocked: standard signals merge, real-time ones queue, lowest number first.
  sigset_t all, none, old;
  sigfillset(&all);
  sigemptyset(&none);
  sigprocmask(SIG_BLOCK, &all, &old);
  for (int i = 0; i < 3; i++) { v.sival_int = i; sigqueue(getpid(), SIGRTMIN + 1, v); raise(SIGUSR2); raise(SIGUSR1); }
  sigset_t pend;
  sigpending(&pend);
  printf("pending %d %d %d\n", sigismember(&pend, SIGUSR1), sigismember(&pend, SIGRTMIN + 1), sigismember(&pend, SIGTERM));
  sigprocmask(SIG_SETMASK, &old, NULL);
  set(SIGUSR1, nested, SA_NODEFER);
  raise(SIGUSR1);
  depth = 0;
  set(SIGUSR1, nested, 0);
  raise(SIGUSR1);
  printf("depth %d\n", depth);
  set(SIGUSR1, simple, SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction now;
  sigaction(SIGUSR1, NULL, &now);
  printf("reset %d\n", now.sa_handler == SIG_DFL);
  // Faults
  int fpus = fegetround();
  (void)fpus;
  for (int s = 0; s < 32; s++) if (s == SIGSEGV || s == SIGBUS || s == SIGILL || s == SIGTRAP) set(s, jump, SA_SIGINFO);
  if (!sigsetjmp(env, 1)) *(volatile int *)16 = 1;
  if (!sigsetjmp(env, 1)) printf("%d", *(volatile int *)0x123456789000);
  if (!sigsetjmp(env, 1)) ((void (*)(void))0x2000)();
  char *ro = mmap((void *)0x5000000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!sigsetjmp(env, 1)) ro[5] = 1;
  if (!sigsetjmp(env, 1)) ((void (*)(void))ro)();
  if (!sigsetjmp(env, 1)) __asm__ volatile(".word 0");
  if (!sigsetjmp(env, 1)) __asm__ volatile("ebreak");
  set(SIGSEGV, skip, SA_SIGINFO);
  register long a0 __asm__("a0") = 8;
  __asm__ volatile(".option push\n.option norvc\nld a0, 0(a0)\n.option pop" : "+r"(a0));
  printf("skipped %ld\n", a0);
  // Alternate stack
  stack_t st = {.ss_sp = alt, .ss_size = sizeof alt};
  printf("altstack %d\n", sigaltstack(&st, NULL));
  set(SIGUSR1, onalt, SA_ONSTACK);
  raise(SIGUSR1);
  st.ss_size = 100;
  printf("small %d %d\n", sigaltstack(&st, NULL), errno == ENOMEM);
  // Floating-point state survives a handler
  double d = 1.5;
  set(SIGUSR1, count, 0);
  fesetround(FE_UPWARD);
  raise(SIGUSR1);
  printf("round %d d %g seen %d\n", fegetround() == FE_UPWARD, d * 2, seen);
  fesetround(FE_TONEAREST);
  // Waiting
  sigprocmask(SIG_BLOCK, &all, NULL);
  raise(SIGUSR1);
  int r = sigsuspend(&none);
  printf("suspend %d %s seen %d\n", r, strerrorname_np(errno), seen);
  sigprocmask(SIG_BLOCK, NULL, &pend);
  printf("mask kept %d\n", sigismember(&pend, SIGUSR1));
  siginfo_t si;
  struct timespec ts = {0, 1000000};
  r = sigtimedwait(&all, &si, &ts);
  printf("timedwait %d %s\n", r, strerrorname_np(errno));
  v.sival_int = 99;
  sigqueue(getpid(), SIGRTMIN + 1, v);
  r = sigtimedwait(&all, &si, &ts);
  printf("timedwait %d value %d\n", r == SIGRTMIN + 1, si.si_value.sival_int);
  raise(SIGTERM);
  printf("waitinfo %d\n", sigwaitinfo(&all, &si));
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  // Timers and interrupted calls
  set(SIGALRM, count, 0);
  seen = 0;
  struct itimerval it = {{0, 0}, {0, 2000}};
  setitimer(ITIMER_REAL, &it, NULL);
  int p[2];
  char c;
  pipe(p);
  r = read(p[0], &c, 1);
  printf("read %d %s seen %d\n", r, strerrorname_np(errno), seen);
  setitimer(ITIMER_REAL, &it, NULL);
  struct timespec longer = {5, 0}, left = {0, 0};
  r = nanosleep(&longer, &left);
  printf("nanosleep %d %s left %d\n", r, strerrorname_np(errno), left.tv_sec == 4 && left.tv_nsec > 900000000);
  setitimer(ITIMER_REAL, &it, NULL);
  struct pollfd pf = {p[0], POLLIN, 0};
  r = poll(&pf, 1, -1);
  printf("poll %d %s\n", r, strerrorname_np(errno));
  alarm(1);
  pause();
  printf("alarm seen %d\n", seen);
  it.it_interval.tv_usec = 1000;
  seen = 0;
  setitimer(ITIMER_REAL, &it, NULL);
  while (seen < 5) pause();
  it.it_value.tv_usec = it.it_interval.tv_usec = 0;
  setitimer(ITIMER_REAL, &it, NULL);
  printf("ticks %d\n", seen >= 5);
  set(SIGVTALRM, count, 0);
  seen = 0;
  it.it_value.tv_usec = 1000;
  setitimer(ITIMER_VIRTUAL, &it, NULL);
  while (!seen) {}
  printf("virtual %d\n", seen);
  timer_t timer;
  struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 5};
  printf("timer_create %d\n", timer_create(CLOCK_MONOTONIC, &ev, &timer));
  struct itimerspec its = {{0, 0}, {0, 1000000}};
  timer_settime(timer, 0, &its, NULL);
  pause();
  timer_gettime(timer, &its);
  printf("disarmed %ld\n", its.it_value.tv_sec + its.it_value.tv_nsec);
  timer_delete(timer);
  // Errors
  errno = 0;
  printf("%d %s\n", kill(getpid(), 99), strerrorname_np(errno));
  printf("%d %s\n", sigaction(SIGKILL, &now, NULL), strerrorname_np(errno));
  printf("%d\n", kill(getpid(), 0));
  set(SIGPIPE, simple, 0);
  close(p[0]);
  printf("write %d", (int)write(p[1], "x", 1));
  printf(" %s\n", strerrorname_np(errno));
  set(SIGUSR1, SIG_IGN, 0);
  raise(SIGUSR1);
  raise(SIGCHLD);
  raise(SIGWINCH);
  printf("alive\n");
  fflush(stdout);
  abort();
}
