// Console and finisher of the bare-metal guests, and a trap handler for the programs that expect no trap.
#include "bare.h"

#define UART_THR 0
#define UART_LSR 5
#define LSR_THRE 0x20

void put_char(char c)
{
    volatile u8 *uart = (volatile u8 *)UART;
    while (!(uart[UART_LSR] & LSR_THRE)) {
    }
    uart[UART_THR] = (u8)c;
}

void put_string(const char *text)
{
    while (*text)
        put_char(*text++);
}

void put_hex(u64 value)
{
    int shift = 60;
    put_string("0x");
    while (shift > 0 && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        put_char("0123456789abcdef"[(value >> shift) & 15]);
}

void put_decimal(u64 value)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count)
        put_char(digits[--count]);
}

void finish(int code)
{
    *(volatile u32 *)FINISHER = code == 0 ? 0x5555 : 0x3333 | (u32)code << 16;
    for (;;)
        __asm__ volatile("wfi");
}

__attribute__((weak)) u64 trap(u64 cause, u64 epc, u64 tval)
{
    put_string("unexpected trap: cause ");
    put_hex(cause);
    put_string(" epc ");
    put_hex(epc);
    put_string(" tval ");
    put_hex(tval);
    put_string("\n");
    finish(99);
}
