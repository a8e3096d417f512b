/*
 * Runs sequences of instructions as a Linux user program. A sequence ends by a signal (SIGTRAP for its ebreak, or that of
 * a fault); the handler writes out the state found in the signal frame, puts the next sequence's state there, and
 * returns into it. So every register belongs to the sequence. Input and output are records, on files 0 and 1. No C library.
 */
#include <stddef.h>
#include <stdint.h>

enum { CODE_SIZE = 8192, DATA_SIZE = 8192, CONSTANT_SIZE = 4096 };
#define CODE ((uint8_t *)0x100000)
#define DATA ((uint8_t *)0x200000)
#define CONSTANT (DATA + DATA_SIZE)

struct registers {
  uint64_t pc_and_x[32]; /* pc, then x1 to x31 */
  uint64_t f[32];
  uint64_t fcsr;
};
struct input {
  struct registers registers;
  uint8_t code[CODE_SIZE];
  uint8_t data[DATA_SIZE];
};
struct output {
  struct registers registers;
  uint64_t signal;
  uint64_t address;
  uint8_t code[CODE_SIZE];
  uint8_t data[DATA_SIZE];
};

/* The kernel's, as far as needed. */
struct stack {
  void *base;
  int flags;
  uint64_t size;
};
struct context {
  uint64_t flags;
  struct context *link;
  struct stack stack;
  uint8_t mask[128];
  struct {
    uint64_t pc_and_x[32];
    uint64_t f[32];
    uint32_t fcsr;
  } machine __attribute__((aligned(16)));
};
struct siginfo {
  int signal, error, code, pad;
  uint64_t address;
};
struct action {
  void (*handler)(int, struct siginfo *, struct context *);
  uint64_t flags, mask;
};

enum { READ = 63, WRITE = 64, EXIT = 93, SIGALTSTACK = 132, RT_SIGACTION = 134, MMAP = 222, MPROTECT = 226 };
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGSEGV = 11 };
enum { SA_SIGINFO = 4, SA_ONSTACK = 0x08000000 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE_FIXED_ANONYMOUS = 0x32 };

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f, a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return a0;
}
static void leave(long status) {
  call(EXIT, status, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}
/* Words; the compiler must not make these calls of a library. */
static void copy(void *to, const void *from, size_t bytes) {
  volatile uint64_t *t = to;
  const uint64_t *f = from;
  for (size_t n = 0; n < bytes / 8; n++) t[n] = f[n];
}

static struct input in;
static struct output out;
static uint8_t signal_stack[65536] __attribute__((aligned(16)));
static uint64_t dummy;
static int started;

/* 0 at the end of the input. */
static int read_next(void) {
  for (size_t done = 0; done < sizeof in;) {
    long got = call(READ, 0, (long)((uint8_t *)&in + done), sizeof in - done, 0, 0, 0);
    if (got < 0) leave(2);
    if (got == 0) {
      if (done) leave(3);
      return 0;
    }
    done += got;
  }
  return 1;
}

static void write_outcome(void) {
  for (size_t done = 0; done < sizeof out;) {
    long put = call(WRITE, 1, (long)((uint8_t *)&out + done), sizeof out - done, 0, 0, 0);
    if (put <= 0) leave(4);
    done += put;
  }
}

static void on_signal(int signal, struct siginfo *info, struct context *context) {
  if (started) {
    copy(out.registers.pc_and_x, context->machine.pc_and_x, sizeof context->machine.pc_and_x);
    copy(out.registers.f, context->machine.f, sizeof context->machine.f);
    out.registers.fcsr = context->machine.fcsr;
    out.signal = signal;
    out.address = info->address;
    copy(out.code, CODE, CODE_SIZE);
    copy(out.data, DATA, DATA_SIZE);
    write_outcome();
  }
  started = 1;
  if (!read_next()) leave(0);
  copy(CODE, in.code, CODE_SIZE);
  copy(DATA, in.data, DATA_SIZE);
  copy(context->machine.pc_and_x, in.registers.pc_and_x, sizeof context->machine.pc_and_x);
  copy(context->machine.f, in.registers.f, sizeof context->machine.f);
  context->machine.fcsr = in.registers.fcsr;
  /* An SC leaves no reservation. */
  long failed;
  __asm__ volatile("sc.d %0, zero, (%1)\n\tfence.i" : "=r"(failed) : "r"(&dummy) : "memory");
}

void _start(void) {
  call(MMAP, (long)CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0);
  call(MMAP, (long)DATA, DATA_SIZE + CONSTANT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0);
  for (int k = 0; k < CONSTANT_SIZE; k++) CONSTANT[k] = 37 * k + 11;
  call(MPROTECT, (long)CONSTANT, CONSTANT_SIZE, PROT_READ, 0, 0, 0);
  struct stack stack = {signal_stack, 0, sizeof signal_stack};
  call(SIGALTSTACK, (long)&stack, 0, 0, 0, 0, 0);
  struct action action = {on_signal, SA_SIGINFO | SA_ONSTACK, 0};
  static const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGSEGV};
  for (int k = 0; k < 4; k++) call(RT_SIGACTION, signals[k], (long)&action, 0, 8, 0, 0);
  __asm__ volatile("ebreak");
  leave(5);
}
