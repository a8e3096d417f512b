// Every kind of exception of a hart without an MMU, printed as cause and tval: in machine mode, from user and
// supervisor mode, delegated to supervisor mode, and vectored interrupts. The text is the same on every machine that
// follows the manual, and on QEMU; an AMO may report its fault as that of a load, as machines that split it do.
#include "bare.h"

#define MPP_U 0UL
#define MPP_S (1UL << 11)
#define PMP_NAPOT_RWX 0x1fUL
#define SSIP 2UL

static volatile u64 count, cause_seen, tval_seen, epc_seen, mode_seen;
/** Where the handler goes on, in machine mode; 0 = after the instruction, in the mode it came from. */
static volatile u64 resume;
static u64 cell[2];

/** What the supervisor's handler works with: two saved registers, where to put the next record, records. */
static struct {
    u64 saved[2];
    u64 *next;
    u64 records[32];
} supervisor;
void supervisor_trap(void);
void vectors(void);

u64 trap(u64 cause, u64 epc, u64 tval)
{
    count++;
    cause_seen = cause;
    tval_seen = tval;
    epc_seen = epc;
    mode_seen = (csr_read(mstatus) & MSTATUS_MPP) >> 11;
    if (resume) {
        u64 to = resume;
        resume = 0;
        csr_set(mstatus, MSTATUS_MPP);
        return to;
    }
    return epc + ((*(volatile unsigned short *)epc & 3) == 3 ? 4 : 2);
}

static void report_as(const char *what, const char *name, u64 epc)
{
    put_string(what);
    put_string(": ");
    if (count == 0) {
        put_string("no trap\n");
        return;
    }
    if (name) {
        put_string(name);
    } else {
        put_string("cause ");
        put_decimal(cause_seen);
    }
    put_string(" tval ");
    put_hex(tval_seen);
    put_string(mode_seen == 3 ? " from M" : mode_seen == 1 ? " from S" : " from U");
    if (epc && epc_seen != epc)
        put_string(" with a wrong mepc");
    if (count != 1)
        put_string(" more than once");
    put_string("\n");
    count = 0;
}

static void report(const char *what, u64 epc)
{
    report_as(what, 0, epc);
}

static const char *amo_cause(void)
{
    return cause_seen == 4 || cause_seen == 6 ? "misaligned" : cause_seen == 5 || cause_seen == 7 ? "access fault" : "bad cause";
}

// Runs `setup` and then `instruction`, which traps, in machine mode.
#define HERE(setup, instruction) \
    __asm__ volatile(".option push\n.option norvc\nla %0, 1f\n" setup "\n1: " instruction "\n.option pop" \
                     : "=&r"(at) : "r"(cell) : "t0", "t1", "memory")
#define IN_MACHINE(what, setup, instruction) \
    do { \
        u64 at; \
        HERE(setup, instruction); \
        report(what, at); \
    } while (0)
#define IN_MACHINE_AMO(what, setup, instruction) \
    do { \
        u64 at; \
        HERE(setup, instruction); \
        report_as(what, amo_cause(), at); \
    } while (0)

// Runs `code` in the mode `mpp` until a trap comes to machine mode.
#define RUN_BELOW(mpp, code) \
    do { \
        csr_clear(mstatus, MSTATUS_MPP); \
        csr_set(mstatus, mpp); \
        __asm__ volatile(".option push\n.option norvc\nla t0, 2f\nsd t0, 0(%0)\nla t0, 1f\ncsrw mepc, t0\nmret\n1:\n" code \
                         "\n2:\n.option pop" ::"r"(&resume), "r"(cell) : "t0", "t1", "t2", "memory"); \
    } while (0)
#define BELOW(what, mpp, code) \
    do { \
        RUN_BELOW(mpp, code); \
        report(what, 0); \
    } while (0)

// Records scause and stval, clears a software interrupt, steps over an instruction of 4 bytes.
__asm__(".text\n.balign 4\n.option push\n.option norvc\n.globl supervisor_trap\nsupervisor_trap:\n"
        "  csrrw t0, sscratch, t0\n"
        "  sd t1, 0(t0)\n"
        "  sd t2, 8(t0)\n"
        "  ld t1, 16(t0)\n"
        "  csrr t2, stval\n"
        "  sd t2, 8(t1)\n"
        "  csrr t2, scause\n"
        "  sd t2, 0(t1)\n"
        "  addi t1, t1, 16\n"
        "  sd t1, 16(t0)\n"
        "  bltz t2, 1f\n"
        "  csrr t1, sepc\n"
        "  addi t1, t1, 4\n"
        "  csrw sepc, t1\n"
        "1:\n"
        "  csrci sip, 2\n"
        "  ld t1, 0(t0)\n"
        "  ld t2, 8(t0)\n"
        "  csrrw t0, sscratch, t0\n"
        "  sret\n"
        // Vectored mode: one jump a cause; s10 tells which was taken. Only software and timer interrupts come here.
        ".balign 256\n.globl vectors\nvectors:\n"
        "  j 9f\n  j 9f\n  j 9f\n  j 3f\n  j 9f\n  j 9f\n  j 9f\n  j 7f\n"
        "9: li s10, 99\n  j 4f\n"
        "3: li s10, 3\n  j 4f\n"
        "7: li s10, 7\n"
        "4: csrw mie, zero\n  mret\n"
        ".option pop\n");

static void delegated(void)
{
    csr_write(stvec, supervisor_trap);
    csr_write(sscratch, &supervisor);
    supervisor.next = supervisor.records;
    csr_write(medeleg, 1UL << 2 | 1UL << 3 | 1UL << 5 | 1UL << 8);
    csr_write(mideleg, SSIP);
    csr_write(mie, SSIP);
    csr_set(mip, SSIP);
    put_string("delegated:\n");
    RUN_BELOW(MPP_U, "ecall\n ebreak\n .4byte 0x0000000b\n csrr t1, sstatus\n li t1, 0x08000000\n lw t1, 16(t1)\n"
                     "addi t1, %1, 2\n lr.w t1, (t1)");
    for (u64 *record = supervisor.records; record < supervisor.next; record += 2) {
        put_string(record[0] >> 63 ? "  interrupt " : "  cause ");
        put_decimal(record[0] << 1 >> 1);
        put_string(" tval ");
        put_hex(record[1]);
        put_string("\n");
    }
    report("not delegated", 0);
    BELOW("delegated ebreak then ecall in S", MPP_S, "ebreak\n ecall");
    csr_write(medeleg, 0UL);
    csr_write(mideleg, 0UL);
    csr_write(mie, 0UL);
}

static void vectored(void)
{
    u64 direct = csr_read(mtvec), entry;
    csr_write(mtvec, (u64)vectors | 1);
    MSIP[0] = 1;
    __asm__ volatile("li s10, 0\n csrw mie, %1\n csrsi mstatus, 8\n nop\n csrci mstatus, 8\n mv %0, s10"
                     : "=r"(entry) : "r"(MIE_MSIE) : "s10", "memory");
    MSIP[0] = 0;
    put_string("vectored software interrupt: entry ");
    put_decimal(entry);
    *MTIMECMP = 0;
    __asm__ volatile("li s10, 0\n csrw mie, %1\n csrsi mstatus, 8\n nop\n csrci mstatus, 8\n mv %0, s10"
                     : "=r"(entry) : "r"(MIE_MTIE) : "s10", "memory");
    put_string("\nvectored timer interrupt: entry ");
    put_decimal(entry);
    put_string("\n");
    csr_write(mtvec, direct);
}

static void misaligned_data(void)
{
    // Plain accesses may be misaligned; they must give the right bytes.
    u8 *bytes = (u8 *)cell;
    u64 value;
    cell[0] = 0x0706050403020100UL;
    cell[1] = 0x0f0e0d0c0b0a0908UL;
    __asm__ volatile("ld %0, 3(%1)" : "=r"(value) : "r"(bytes) : "memory");
    put_string("misaligned ld: ");
    put_hex(value);
    __asm__ volatile("sw %0, 5(%1)" ::"r"(0x11223344UL), "r"(bytes) : "memory");
    put_string(", after sw: ");
    put_hex(cell[0]);
    put_string(" ");
    put_hex(cell[1]);
    put_string("\n");
}

int main(void)
{
    IN_MACHINE("illegal instruction", "", ".4byte 0x0000000b");
    IN_MACHINE("zero instruction", "", ".2byte 0x0000");
    IN_MACHINE("reserved compressed instruction", "", ".2byte 0x0004");
    IN_MACHINE("absent csr", "", "csrr t0, 0x123");
    IN_MACHINE("write to read-only csr", "", "csrw 0xf14, t0");
    IN_MACHINE("csrrs x0 on read-only csr", "", "csrrs t0, 0xf14, x0");
    IN_MACHINE("ecall", "", "ecall");
    IN_MACHINE("ebreak", "", "ebreak");
    IN_MACHINE("c.ebreak", "", ".2byte 0x9002");
    IN_MACHINE("misaligned lr", "addi t0, %1, 2", "lr.w t1, (t0)");
    IN_MACHINE_AMO("misaligned amo", "addi t0, %1, 4", "amoadd.d t1, t1, (t0)");
    IN_MACHINE("load from nowhere", "li t0, 0x08000000", "ld t1, 8(t0)");
    IN_MACHINE("store to nowhere", "li t0, 0x08000000", "sb t1, 1(t0)");
    IN_MACHINE_AMO("amo to nowhere", "li t0, 0x08000000", "amoswap.w t1, t1, (t0)");
    IN_MACHINE("load beyond the address space", "li t0, -16", "lw t1, 0(t0)");
    IN_MACHINE("float with mstatus.FS off", "li t0, 0x6000\ncsrc mstatus, t0", "fadd.d f0, f1, f2");
    IN_MACHINE("fcsr with mstatus.FS off", "", "csrr t1, fcsr");
    csr_set(mstatus, 1UL << 13);
    misaligned_data();
    RUN_BELOW(MSTATUS_MPP, "li t1, 0x08000000\n jr t1");
    report("jump to nowhere", 0x08000000);

    csr_write(pmpaddr0, ~0UL);
    csr_write(pmpcfg0, PMP_NAPOT_RWX);
    BELOW("ecall in U", MPP_U, "ecall");
    BELOW("ebreak in U", MPP_U, "ebreak");
    BELOW("machine csr in U", MPP_U, "csrr t1, mstatus");
    BELOW("supervisor csr in U", MPP_U, "csrr t1, sstatus");
    BELOW("time in U, not enabled", MPP_U, "rdtime t1");
    BELOW("wfi in U", MPP_U, "wfi");
    BELOW("mret in U", MPP_U, "mret");
    BELOW("sret in U", MPP_U, "sret");
    BELOW("sfence.vma in U", MPP_U, "sfence.vma");
    BELOW("load from nowhere in U", MPP_U, "li t1, 0x08000000\n lh t1, 2(t1)");
    csr_write(mcounteren, 7UL);
    csr_write(scounteren, 7UL);
    BELOW("time in U, enabled, then ecall", MPP_U, "rdtime t1\n rdcycle t1\n rdinstret t1\n ecall");
    BELOW("ecall in S", MPP_S, "ecall");
    BELOW("machine csr in S", MPP_S, "csrr t1, mstatus");
    BELOW("mret in S", MPP_S, "mret");
    BELOW("sret from S to U, then ecall", MPP_S, "li t1, 0x100\n csrc sstatus, t1\n la t1, 7f\n csrw sepc, t1\n sret\n 7: ecall");
    csr_set(mstatus, 0x700000UL); /* TVM, TW, TSR */
    BELOW("satp in S with TVM", MPP_S, "csrr t1, satp");
    BELOW("sfence.vma in S with TVM", MPP_S, "sfence.vma");
    BELOW("wfi in S with TW", MPP_S, "wfi");
    BELOW("sret in S with TSR", MPP_S, "sret");
    csr_clear(mstatus, 0x700000UL);
    delegated();
    vectored();
    put_string("traps: done\n");
    return 0;
}
