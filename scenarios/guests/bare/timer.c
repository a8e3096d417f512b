// Timer and software interrupts of machine mode. The text does not depend on how fast the machine is: it counts
// interrupts and checks what each one found. Between some of them the hart waits in WFI, between others it computes.
#include "bare.h"

#define TIMER_TICKS 40
#define SOFTWARE_TICKS 10
#define INTERVAL 200 /* of the 10 MHz time base */

static volatile u64 timer_count, software_count, bad_count, last_epc;
static volatile u64 work;
extern char _start[], bss_end[];

static void require(int ok, const char *what)
{
    if (ok)
        return;
    bad_count++;
    put_string("bad: ");
    put_string(what);
    put_string("\n");
}

u64 trap(u64 cause, u64 epc, u64 tval)
{
    last_epc = epc;
    require(tval == 0, "mtval of an interrupt");
    require(epc >= (u64)_start && epc < (u64)bss_end && !(epc & 1), "mepc");
    require((csr_read(mstatus) & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP)) == (MSTATUS_MPIE | MSTATUS_MPP), "mstatus");
    if (cause == (CAUSE_INTERRUPT | 7)) {
        require(*MTIME >= *MTIMECMP, "mtime before mtimecmp");
        require((csr_read(mip) & MIE_MTIE) != 0, "mip.MTIP");
        timer_count++;
        *MTIMECMP = timer_count < TIMER_TICKS ? *MTIME + INTERVAL : ~0UL;
    } else if (cause == (CAUSE_INTERRUPT | 3)) {
        require((csr_read(mip) & MIE_MSIE) != 0, "mip.MSIP");
        software_count++;
        MSIP[0] = 0;
        require((csr_read(mip) & MIE_MSIE) == 0, "mip.MSIP after clearing");
    } else {
        put_string("bad: cause ");
        put_hex(cause);
        put_string("\n");
        finish(1);
    }
    return epc;
}

// Sleeps until *count has reached `target`. Interrupts are off around the test so that none is lost before WFI.
static void sleep_until(volatile u64 *count, u64 target)
{
    for (;;) {
        csr_clear(mstatus, MSTATUS_MIE);
        if (*count >= target)
            break;
        __asm__ volatile("wfi");
        csr_set(mstatus, MSTATUS_MIE);
    }
    csr_set(mstatus, MSTATUS_MIE);
}

int main(void)
{
    u64 state = 1;
    put_string("timer: start\n");
    *MTIMECMP = *MTIME + INTERVAL;
    csr_set(mie, MIE_MTIE | MIE_MSIE);
    csr_set(mstatus, MSTATUS_MIE);

    for (u64 next = 8; next <= TIMER_TICKS; next += 8) {
        if (next & 8) {
            sleep_until(&timer_count, next);
        } else {
            while (timer_count < next) {
                state = state * 6364136223846793005UL + 1442695040888963407UL;
                work += state >> 60;
            }
        }
        put_string("timer interrupts: ");
        put_decimal(next);
        put_string("\n");
    }

    for (u64 i = 1; i <= SOFTWARE_TICKS; i++) {
        MSIP[0] = 1;
        while (software_count < i) {
        }
        require(software_count == i, "software interrupt count");
    }
    put_string("software interrupts: ");
    put_decimal(software_count);
    put_string("\n");

    require(timer_count == TIMER_TICKS, "timer interrupt count");
    csr_clear(mstatus, MSTATUS_MIE);
    MSIP[0] = 1;
    __asm__ volatile("wfi"); // an interrupt that is enabled in mie ends WFI although MIE is clear
    require(software_count == SOFTWARE_TICKS, "interrupt taken with MIE clear");
    MSIP[0] = 0;
    put_string(bad_count ? "timer: failed\n" : "timer: ok\n");
    return bad_count != 0;
}
