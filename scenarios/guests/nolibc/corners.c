// Integer corners: each stanza is one or a few instructions whose result translators have got wrong, in a block of its
// own (at_NAME, see at.h; the mutants of these names fail there). Operands are opaque, so nothing is folded before.

#include "nolibc.h"
#include "at.h"

#define MIN64 0x8000000000000000u
#define TWO(name, code, a, b)                                                          \
  ({                                                                                   \
    uint64_t result_;                                                                  \
    __asm__ volatile(AT(name) code : "=&r"(result_) : "r"(OPAQUE(a)), "r"(OPAQUE(b))   \
                     : "t0", "t1", "memory");                                          \
    sum = sum * 31 + result_;                                                          \
  })

static volatile char far_away[0x20000];

// A jump through the register that takes the link: auipc and jalr with the same one.
__asm__(".option push\n.option norelax\n.option norvc\n"
        ".globl through_link\nthrough_link:\n\t"
        "mv t2, ra\n\t" AT(link_first)
        "1: auipc ra, 0\n\taddi ra, ra, 20\n\tjalr ra, 0(ra)\n\tmv ra, t2\n\tret\n\t"
        "addi a0, a0, 7\n\tret\n"
        ".option pop\n");
uint64_t through_link(uint64_t value);

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint64_t sum = 1;
  TWO(lui_sign, "lui %0,0x80000", 0, 0);
  TWO(fold_carry, "lui t0,0x80000; lui t1,0x80000; add %0,t0,t1", 0, 0);
  TWO(fold_sar, "lui t0,0x80000; srai %0,t0,36", 0, 0);
  TWO(shifted_extension, "srlw %0,%1,%2", 0x80000000u, 32);
  TWO(sum_extension, "addw t0,%1,zero; addw t1,%2,zero; addw %0,t0,t1", 0x7fffffff, 0x7fffffff);
  TWO(shift_saturate, "sll %0,%1,%2", 3, 65);
  TWO(compare_boundary, "sltiu %0,%1,0", 5, 0);
  TWO(branch_equal, "li %0,1; bgeu %1,%2,1f; li %0,2; 1:", 9, 9);
  TWO(div_overflow, "div %0,%1,%2", MIN64, -1);
  TWO(remainder_zero, "remu %0,%1,%2", 77, 0);
  TWO(high_product, "mulhsu %0,%1,%2", -3, 5);
  TWO(div_power, "li t1,8; div %0,%1,t1", -7, 0);
  TWO(divuw_extension, "divuw %0,%1,%2", 0x80000000u, 2);
  sum = sum * 31 + through_link(sum);
  __asm__ volatile(AT(compressed_shift) ".option push; .option rvc; mv a5,%1; srai a5,a5,40; mv %0,a5; .option pop"
                   : "=r"(sum) : "r"(sum ^ MIN64) : "a5");
  __asm__ volatile(AT(compressed_stack) "mv t0,sp; addi sp,sp,-272; sub %0,t0,sp; addi sp,sp,272" : "=&r"(argc) : : "t0");
  sum = sum * 31 + (uint64_t)argc;
  far_away[0x11008] = 5;
  TWO(wide_offset, "lui t0,0x11; add t0,t0,%1; ld %0,8(t0)", far_away, 0);
  show("sum ", sum, 16);
  return 0;
}
