# Two functions exactly 64 KiB apart and direct jumps to both. The wrong-link mutant keeps 16 bits of a jump's
# displacement when it links two blocks, so that the jump to the far one, right while it goes through
# the look-up, ends in the near one once it is linked.

    .section .near, "ax", @progbits
    .balign 4
    .globl near_step
    .type near_step, @function
near_step:
    slli t1, a0, 2
    add a0, a0, t1
    addi a0, a0, 7
    jr t0
    .size near_step, . - near_step

    .section .far, "ax", @progbits
    .balign 4
    .globl far_step
    .type far_step, @function
far_step:
    slli t1, a0, 3
    add a0, a0, t1
    addi a0, a0, 11
    jr t0
    .size far_step, . - far_step

    .text
# uint64_t walk(uint64_t seed, long rounds): alternates near and far steps.
    .globl walk
    .type walk, @function
walk:
    beqz a1, 2f
1:
    jal t0, near_step
    addi a1, a1, -1
    jal t0, far_step
    bnez a1, 1b
2:
    ret
    .size walk, . - walk
