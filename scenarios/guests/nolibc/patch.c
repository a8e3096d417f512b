// Code that rewrites itself: eight additions and a return are written to a fresh page, called, patched one
// instruction at a time with fence.i, and called again. The stale-code mutant keeps a block when only its second
// half was written.

#include "nolibc.h"

static uint32_t addi_a0(int immediate) { return (uint32_t)immediate << 20 | 10 << 15 | 10 << 7 | 0x13; }

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  // Readable, writable, executable; private and anonymous; at an address of its own so that traces repeat.
  volatile uint32_t *code = (volatile uint32_t *)syscall6(SYS_mmap, 0x40000000, 4096, 7, 0x32, -1, 0);
  long (*function)(long) = (long (*)(long))(uintptr_t)code;
  if ((uintptr_t)code != 0x40000000) return 1;
  for (int i = 0; i < 8; i++) code[i] = addi_a0(1);
  code[8] = 0x00008067; // ret
  __asm__ volatile("fence.i" : : : "memory");
  put("as written\n");
  long sum = 0;
  for (int i = 0; i < 10; i++) sum += function(i);
  show("sum ", (uint64_t)sum, 8);
  put("first half patched\n");
  for (int i = 0; i < 4; i++) {
    code[i] = addi_a0(10 + i);
    __asm__ volatile("fence.i" : : : "memory");
    sum += function(i);
  }
  show("sum ", (uint64_t)sum, 8);
  put("second half patched\n");
  for (int i = 5; i < 8; i++) {
    code[i] = addi_a0(100 * i);
    __asm__ volatile("fence.i" : : : "memory");
    sum += function(i);
  }
  show("sum ", (uint64_t)sum, 8);
  return 0;
}
