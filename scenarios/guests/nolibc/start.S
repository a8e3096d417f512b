# Entry of the programs without a C library: hands the initial stack to start_c, which never returns.

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    mv a0, sp
    andi sp, sp, -16
    call start_c
    .size _start, . - _start
