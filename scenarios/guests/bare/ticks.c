// Timer interrupts in the middle of a hot loop of two blocks. What the handler adds up is where it interrupted, so that an
// interrupt that comes late is seen in the result (mutants deadline and cut-count: at_tick begins the block that is interrupted first).
#include "bare.h"

#define TICKS 20
#define INTERVAL 977 /* of the 10 MHz time base */

static volatile u64 ticks, places;

u64 trap(u64 cause, u64 epc, u64 tval)
{
    (void)tval;
    if (cause != (CAUSE_INTERRUPT | 7))
        finish(1);
    ticks++;
    places = places * 31 + epc;
    *MTIMECMP = ticks < TICKS ? *MTIME + INTERVAL : ~0UL;
    return epc;
}

int main(void)
{
    u64 state = 1;
    *MTIMECMP = *MTIME + INTERVAL;
    csr_set(mie, MIE_MTIE);
    csr_set(mstatus, MSTATUS_MIE);
    // Two blocks: the first looks at the count, the second computes.
    __asm__ volatile("1: ld t0,0(%1); bgeu t0,%2,2f; at_tick: mul %0,%0,%3; addi %0,%0,1; xor %0,%0,t0; j 1b; 2:"
                     : "+r"(state) : "r"(&ticks), "r"(TICKS), "r"(6364136223846793005UL) : "t0", "memory");
    put_string("places ");
    put_hex(places);
    put_string("\n");
    return 0;
}
