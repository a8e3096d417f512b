// Code written and rewritten where blocks are joined: a jump into a block that is then patched (stale-link), and an
// instruction that lies across two pages and is patched in the second (crossing-code).

#include "nolibc.h"

static uint32_t addi_a0(int immediate) { return (uint32_t)immediate << 20 | 10 << 15 | 10 << 7 | 0x13; }

#define CODE 0x40000000
#define TARGET (CODE + 0x40)
#define CROSSING (CODE + 4096 - 6)

static void fence(void) { __asm__ volatile("fence.i" : : : "memory"); }

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  long at = syscall6(SYS_mmap, CODE, 2 * 4096, 7, 0x32, -1, 0);
  if (at != CODE) return 1;
  long (*function)(long) = (long (*)(long))(uintptr_t)at;
  volatile uint32_t *code = (volatile uint32_t *)at;
  code[0] = addi_a0(1);
  code[1] = 0x03c0006f; // j +0x3c, to TARGET
  volatile uint32_t *target = (volatile uint32_t *)TARGET;
  target[0] = addi_a0(2);
  target[1] = 0x00008067; // ret
  fence();
  long sum = 0;
  for (int i = 0; i < 4; i++) sum = function(sum);
  target[0] = addi_a0(100);
  fence();
  for (int i = 0; i < 4; i++) sum = function(sum);
  show("joined ", (uint64_t)sum, 8);

  volatile uint16_t *half = (volatile uint16_t *)CROSSING;
  uint32_t first = addi_a0(1), ret = 0x00008067;
  uint16_t words[] = {(uint16_t)first, (uint16_t)(first >> 16), (uint16_t)first, (uint16_t)(first >> 16), (uint16_t)ret, (uint16_t)(ret >> 16)};
  for (int i = 0; i < 6; i++) half[i] = words[i];
  fence();
  function = (long (*)(long))(uintptr_t)CROSSING;
  for (int i = 0; i < 4; i++) sum = function(sum);
  half[3] = (uint16_t)(addi_a0(50) >> 16); // on the second page: the upper half of the second instruction
  fence();
  for (int i = 0; i < 4; i++) sum = function(sum);
  show("crossing ", (uint64_t)sum, 8);
  return 0;
}
