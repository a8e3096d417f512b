// Signals: raise, masks and pending signals, SA_SIGINFO, an alternate stack, recovery from SIGSEGV by siglongjmp and by editing the saved
// context, SIGILL, nested handlers, and timers whose output does not depend on when they fire.

#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count, order[8], orders;

static void note(int signal) {
  count++;
  if (orders < 8) order[orders++] = signal;
}

static void nested(int signal) {
  note(signal);
  if (signal == SIGUSR1) raise(SIGUSR2);
  note(-signal);
}

static sigjmp_buf recover;
static volatile uintptr_t fault_address;
static volatile int fault_code, on_alternate_stack;
static char *alternate;

static void segv_jump(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  char here;
  fault_address = (uintptr_t)info->si_addr;
  fault_code = info->si_code;
  on_alternate_stack = &here >= alternate && &here < alternate + 65536;
  siglongjmp(recover, 1);
}

static void segv_skip(int signal, siginfo_t *info, void *context) {
  (void)signal;
  ucontext_t *uc = context;
  fault_address = (uintptr_t)info->si_addr;
  uc->uc_mcontext.__gregs[10] = 1234; // a0
  uc->uc_mcontext.__gregs[0] += 4;    // the faulting instruction is four bytes long
}

static void ill_skip(int signal, siginfo_t *info, void *context) {
  (void)info;
  ucontext_t *uc = context;
  note(signal);
  uc->uc_mcontext.__gregs[0] += 4;
}

static volatile sig_atomic_t ticks;
static void tick(int signal) {
  (void)signal;
  ticks++;
}

static void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, NULL);
}

static void handle_info(int signal, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(signal, &action, NULL);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);

  handle(SIGUSR1, note, 0);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  printf("raised twice, handled %d\n", (int)count);

  sigset_t set, old, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  raise(SIGUSR1);
  sigpending(&pending);
  printf("blocked: handled %d pending %d\n", (int)count, sigismember(&pending, SIGUSR1));
  sigprocmask(SIG_SETMASK, &old, NULL);
  printf("unblocked: handled %d\n", (int)count);

  count = orders = 0;
  handle(SIGUSR1, nested, 0);
  handle(SIGUSR2, nested, 0);
  raise(SIGUSR1);
  for (int i = 0; i < orders; i++) printf("%d ", (int)order[i]);
  printf("nested order\n");

  alternate = malloc(65536);
  stack_t stack = {.ss_sp = alternate, .ss_size = 65536};
  sigaltstack(&stack, NULL);
  handle_info(SIGSEGV, segv_jump, SA_ONSTACK);
  if (sigsetjmp(recover, 1) == 0) {
    *(volatile int *)0x1234 = 1;
    printf("not reached\n");
  }
  printf("store fault at %lx code %d alternate %d\n", (unsigned long)fault_address, fault_code, on_alternate_stack);
  char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sigsetjmp(recover, 1) == 0) page[100] = 1;
  printf("protection fault at +%lx code %d\n", (unsigned long)(fault_address - (uintptr_t)page), fault_code);
  if (sigsetjmp(recover, 1) == 0) ((void (*)(void))0x5000)();
  printf("fetch fault at %lx code %d\n", (unsigned long)fault_address, fault_code);

  handle_info(SIGSEGV, segv_skip, 0);
  register long a0 __asm__("a0") = 0x2000;
  __asm__ volatile(".option push\n.option norvc\nld a0,8(a0)\n.option pop" : "+r"(a0) : : "memory");
  long loaded = a0;
  printf("repaired load %ld from %lx\n", loaded, (unsigned long)fault_address);

  count = 0;
  handle_info(SIGILL, ill_skip, 0);
  __asm__ volatile(".word 0xffffffff");
  printf("illegal instruction skipped %d\n", (int)count);

  count = 0;
  handle(SIGTRAP, note, SA_RESETHAND);
  raise(SIGTRAP);
  struct sigaction now;
  sigaction(SIGTRAP, NULL, &now);
  printf("once %d then default %d\n", (int)count, now.sa_handler == SIG_DFL);
  printf("bad signal %d\n", sigaction(SIGKILL, &now, NULL) < 0 && errno == EINVAL);

  handle(SIGALRM, tick, SA_RESTART);
  struct itimerval every = {.it_interval = {0, 2000}, .it_value = {0, 1000}};
  setitimer(ITIMER_REAL, &every, NULL);
  volatile unsigned long spin = 0;
  while (ticks < 3) spin++;
  memset(&every, 0, sizeof every);
  setitimer(ITIMER_REAL, &every, NULL);
  printf("ticks %s\n", ticks >= 3 ? "came" : "missing");

  // Blocked until sigsuspend opens the mask: the signal cannot be lost between the test and the wait.
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, &old);
  ticks = 0;
  struct itimerval single = {.it_value = {0, 3000}};
  setitimer(ITIMER_REAL, &single, NULL);
  while (ticks == 0) sigsuspend(&old);
  printf("suspended until tick %d\n", (int)ticks);
  sigprocmask(SIG_SETMASK, &old, NULL);

  signal(SIGTERM, SIG_IGN);
  raise(SIGTERM);
  signal(SIGUSR1, SIG_DFL);
  printf("last line\n");
  raise(SIGUSR1);
  printf("not reached\n");
  return 0;
}
