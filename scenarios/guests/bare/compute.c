// A million instructions in which neither time nor interrupts enter, so that any two machines run the same ones: sorting,
// sieving, division, floating point, calls through pointers, and a synchronous trap now and then.
#include "bare.h"

#define MSTATUS_FS_INITIAL (1UL << 13)

enum { WORDS = 512, ROUNDS = 5, LIMIT = 4000 };

static u64 words[WORDS];
static u8 composite[LIMIT];
static u64 state = 0x9e3779b97f4a7c15UL, traps;

u64 trap(u64 cause, u64 epc, u64 tval)
{
    (void)tval;
    traps += cause;
    return epc + 4;
}

static u64 next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static u64 sorted(void)
{
    for (int i = 0; i < WORDS; i++) words[i] = next();
    for (int gap = WORDS / 2; gap; gap /= 2)
        for (int i = gap; i < WORDS; i++) {
            u64 value = words[i];
            int at = i;
            for (; at >= gap && words[at - gap] > value; at -= gap) words[at] = words[at - gap];
            words[at] = value;
        }
    u64 sum = 0;
    for (int i = 0; i < WORDS; i++) sum = sum * 31 + (words[i] >> (i & 15));
    return sum;
}

static u64 primes(void)
{
    u64 count = 0;
    for (int i = 0; i < LIMIT; i++) composite[i] = 0;
    for (int i = 2; i < LIMIT; i++) {
        if (composite[i]) continue;
        count++;
        for (int k = 2 * i; k < LIMIT; k += i) composite[k] = 1;
    }
    return count;
}

static u64 divided(void)
{
    u64 sum = 0;
    for (int i = 0; i < 400; i++) {
        u64 a = next(), b = next() >> (i & 63);
        sum += a / b + (u64)((long)a % (long)(b | 1));
        sum ^= (u64)(u32)a / ((u32)b | 1);
    }
    return sum;
}

static u64 floated(void)
{
    double x = 1;
    for (int i = 1; i < 400; i++) x = x * 0.75 + (double)(long)(next() >> 40) / i;
    return (u64)x;
}

static u64 trapped(void)
{
    for (int i = 0; i < 20; i++) __asm__ volatile("ecall" ::: "memory");
    return traps;
}

static u64 (*const works[])(void) = {sorted, primes, divided, floated, trapped};

int main(void)
{
    csr_set(mstatus, MSTATUS_FS_INITIAL);
    u64 sum = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (u64 k = 0; k < sizeof works / sizeof *works; k++) sum = (sum << 7 | sum >> 57) ^ works[k]();
    put_string("compute: ");
    put_hex(sum);
    put_string("\n");
    return 0;
}
