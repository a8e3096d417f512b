// Where things are on the `virt` board, and which interrupt source is whose: the numbers of QEMU 7.2's riscv64 `virt`
// machine, shared by the board and its device tree.

export const ROM_BASE = 0x1000;
export const ROM_SIZE = 0xf000;
export const FINISHER_BASE = 0x100000;
export const FINISHER_SIZE = 0x1000;
export const RTC_BASE = 0x101000;
export const RTC_SIZE = 0x1000;
export const CLINT_BASE = 0x2000000;
export const CLINT_WINDOW = 0x10000;
export const PLIC_BASE = 0xc000000;
export const PLIC_WINDOW = 0x600000;
export const UART_BASE = 0x10000000;
/** The registers take 8 bytes of a window of one page. */
export const UART_SIZE = 0x1000;
export const RAM_BASE = 0x80000000;

export const UART_SOURCE = 10;
export const RTC_SOURCE = 11;
/** Sources 1 to 95. */
export const PLIC_SOURCES = 96;

/** mtime counts at 10 MHz. */
export const TIMEBASE_HZ = 10_000_000;
export const TICK_NS = 100n;
export const UART_CLOCK_HZ = 3_686_400;
