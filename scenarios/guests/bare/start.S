# First instructions of every bare-metal guest: entered at 0x80000000 in machine mode with a0 = hart id and
# a1 = device tree. Hart 0 runs main; the others sleep until a software interrupt sends them to secondary(hart), if the
# program has one. Also the trap entry, which saves what C may change.
#
# Each program is start.S, bare.c and its own source, linked by link.ld. ../../build.sh builds them; what they need is
#   -march=rv64gc -mabi=lp64d -mcmodel=medany -nostdlib -nostartfiles -static -ffreestanding -fno-pic -no-pie -O2
# Run one: qemu-system-riscv64 -M virt -bios none -nographic -kernel PROGRAM

.equ STACK_SHIFT, 16
.equ MSTATUS_FS_INITIAL, 1 << 13
.equ MIE_MSIE, 1 << 3

  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  csrw mie, zero
  li t0, MSTATUS_FS_INITIAL
  csrs mstatus, t0
  la sp, stacks_end
  slli t0, a0, STACK_SHIFT
  sub sp, sp, t0
  bnez a0, park
  la t0, bss_start
  la t1, bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  la t0, trap_entry
  csrw mtvec, t0
  call main
  j finish            # main's result is the exit code

  .weak secondary
park:
  la s0, secondary
  mv s1, a0
  csrwi mie, MIE_MSIE   # ends WFI; mstatus.MIE is off, so that no trap is taken
1:
  wfi
  csrr t0, mip
  andi t0, t0, MIE_MSIE
  beqz t0, 1b
  beqz s0, 1b
  csrw mie, zero
  la t0, trap_entry
  csrw mtvec, t0
  mv a0, s1
  jalr s0
2:
  wfi
  j 2b

# Saves the registers that a C function may change, calls trap(cause, epc, tval), which returns the pc to resume at.
# mscratch holds the stack of machine mode while a lower mode runs, and 0 in machine mode.
  .globl trap_entry
  .balign 4
trap_entry:
  csrrw sp, mscratch, sp
  bnez sp, 1f
  csrrw sp, mscratch, zero
  addi sp, sp, -160
  sd zero, 136(sp)
  j 2f
1:
  addi sp, sp, -160
  sd t0, 8(sp)
  csrrw t0, mscratch, zero
  sd t0, 136(sp)
  ld t0, 8(sp)
2:
  sd ra, 0(sp)
  sd t0, 8(sp)
  sd t1, 16(sp)
  sd t2, 24(sp)
  sd a0, 32(sp)
  sd a1, 40(sp)
  sd a2, 48(sp)
  sd a3, 56(sp)
  sd a4, 64(sp)
  sd a5, 72(sp)
  sd a6, 80(sp)
  sd a7, 88(sp)
  sd t3, 96(sp)
  sd t4, 104(sp)
  sd t5, 112(sp)
  sd t6, 120(sp)
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call trap
  csrw mepc, a0
  ld ra, 0(sp)
  ld t1, 16(sp)
  ld t2, 24(sp)
  ld a0, 32(sp)
  ld a1, 40(sp)
  ld a2, 48(sp)
  ld a3, 56(sp)
  ld a4, 64(sp)
  ld a5, 72(sp)
  ld a6, 80(sp)
  ld a7, 88(sp)
  ld t3, 96(sp)
  ld t4, 104(sp)
  ld t5, 112(sp)
  ld t6, 120(sp)
  ld t0, 136(sp)
  bnez t0, 3f
  ld t0, 8(sp)
  addi sp, sp, 160
  mret
3:                    # back to the lower mode: mscratch = this stack, sp = its own
  csrw mscratch, t0
  ld t0, 8(sp)
  addi sp, sp, 160
  csrrw sp, mscratch, sp
  mret
