// Reads a line from the console by interrupts (UART, PLIC, machine external interrupt), sleeping between bytes, and
// prints it in capitals. Needs one line of input. The FIFOs stay off: turning them on would drop what came early.
#include "bare.h"

#define UART_SOURCE 10
#define PLIC_PRIORITY(source) ((volatile u32 *)(PLIC + 4 * (source)))
#define PLIC_ENABLE ((volatile u32 *)(PLIC + 0x2000))
#define PLIC_THRESHOLD ((volatile u32 *)(PLIC + 0x200000))
#define PLIC_CLAIM ((volatile u32 *)(PLIC + 0x200004))
#define UART_RBR 0
#define UART_IER 1
#define UART_LSR 5
#define IER_RX 1
#define LSR_READY 1

static volatile u8 line[128];
static volatile u64 length, finished;

u64 trap(u64 cause, u64 epc, u64 tval)
{
    volatile u8 *uart = (volatile u8 *)UART;
    u32 source = *PLIC_CLAIM;
    (void)tval;
    if (cause != (CAUSE_INTERRUPT | 11) || source != UART_SOURCE) {
        put_string("bad: cause ");
        put_hex(cause);
        put_string(" source ");
        put_decimal(source);
        put_string("\n");
        finish(1);
    }
    while (uart[UART_LSR] & LSR_READY) {
        u8 c = uart[UART_RBR];
        if (c == '\n' || c == '\r')
            finished = 1;
        else if (!finished && length < sizeof line)
            line[length++] = c;
    }
    *PLIC_CLAIM = source;
    return epc;
}

int main(void)
{
    volatile u8 *uart = (volatile u8 *)UART;
    *PLIC_PRIORITY(UART_SOURCE) = 1;
    *PLIC_ENABLE = 1 << UART_SOURCE;
    *PLIC_THRESHOLD = 0;
    csr_write(mie, MIE_MEIE);
    uart[UART_IER] = IER_RX;
    for (;;) {
        csr_clear(mstatus, MSTATUS_MIE);
        if (finished)
            break;
        __asm__ volatile("wfi");
        csr_set(mstatus, MSTATUS_MIE);
    }
    uart[UART_IER] = 0;
    put_string("echo: ");
    for (u64 i = 0; i < length; i++)
        put_char((char)(line[i] >= 'a' && line[i] <= 'z' ? line[i] - 32 : line[i]));
    put_string("\n");
    return 0;
}
