// Several harts: hart 0 wakes the others with software interrupts, all add to one sum with atomics and with an LR/SC
// loop under contention, and hart 0 checks it. Takes 1 to 4 harts; prints how many took part.
#include "bare.h"

#define MAX_HARTS 4
#define ROUNDS 2000

static volatile u64 ready, done, amo_sum, lrsc_sum;

/** A hart that is not there has no timer comparator: its register reads 0 whatever is written. */
static int exists(u64 hart)
{
    MTIMECMP[hart] = ~0UL;
    return MTIMECMP[hart] == ~0UL;
}

static void add_lrsc(volatile u64 *sum, u64 value)
{
    u64 old, failed;
    __asm__ volatile("1: lr.d.aq %0, (%2)\n add %0, %0, %3\n sc.d.rl %1, %0, (%2)\n bnez %1, 1b"
                     : "=&r"(old), "=&r"(failed) : "r"(sum), "r"(value) : "memory");
}

static void work(u64 hart)
{
    for (u64 i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&amo_sum, hart + 1, __ATOMIC_SEQ_CST);
        add_lrsc(&lrsc_sum, hart + 1);
    }
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

/** Where harts other than 0 go from start.S once hart 0 has woken them. */
void secondary(u64 hart)
{
    MSIP[hart] = 0;
    __atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
    work(hart);
}

int main(void)
{
    u64 harts = 1, expected = 0;
    while (harts < MAX_HARTS && exists(harts))
        MSIP[harts++] = 1;
    while (ready < harts - 1) {
    }
    work(0);
    while (done < harts) {
    }
    for (u64 hart = 0; hart < harts; hart++)
        expected += (hart + 1) * ROUNDS;
    put_decimal(harts);
    put_string(amo_sum == expected && lrsc_sum == expected ? " harts: ok\n" : " harts: wrong sums\n");
    return !(amo_sum == expected && lrsc_sum == expected);
}
