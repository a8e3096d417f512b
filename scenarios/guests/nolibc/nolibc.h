// What the programs without a C library share: system calls, output, the step from the initial stack to main.
// Every program is one translation unit that includes this file and defines `main`.

#ifndef NOLIBC_H
#define NOLIBC_H

#include <stddef.h>
#include <stdint.h>

#define SYS_dup 23
#define SYS_write 64
#define SYS_exit 93
#define SYS_rt_sigaction 134
#define SYS_getpid 172
#define SYS_mmap 222

static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
  register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f, a7 __asm__("a7") = n;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return a0;
}

static inline long syscall3(long n, long a, long b, long c) {
  register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a7 __asm__("a7") = n;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

static inline __attribute__((noreturn)) void exit(int code) {
  for (;;) syscall3(SYS_exit, code, 0, 0);
}

static __attribute__((noinline)) void put(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  syscall3(SYS_write, 1, (long)text, (long)size);
}

static __attribute__((noinline, unused)) void put_hex(uint64_t value, int digits) {
  char text[17];
  for (int i = 0; i < digits; i++) text[i] = "0123456789abcdef"[(value >> (4 * (digits - 1 - i))) & 15];
  text[digits] = 0;
  put(text);
}

static __attribute__((noinline, unused)) void put_dec(uint64_t value) {
  char text[21], *at = text + 20;
  *at = 0;
  do *--at = (char)('0' + value % 10);
  while (value /= 10);
  put(at);
}

/** A label, a number of `digits` hexadecimal digits, a line end. */
static inline void show(const char *label, uint64_t value, int digits) {
  put(label);
  put_hex(value, digits);
  put("\n");
}

static inline long parse(const char *text) {
  long value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (*text++ - '0');
  return value;
}

// The compiler may call these for initialisers and copies.
__attribute__((used)) void *memset(void *to, int byte, size_t size) {
  for (volatile char *at = to; size--;) *at++ = (char)byte;
  return to;
}
__attribute__((used)) void *memcpy(void *to, const void *from, size_t size) {
  volatile char *at = to;
  for (const char *source = from; size--;) *at++ = *source++;
  return to;
}

static int main(int argc, char **argv);

__attribute__((used, noreturn)) void start_c(long *stack) { exit(main((int)stack[0], (char **)(stack + 1))); }

#endif
