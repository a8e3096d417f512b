// What the bare-metal guests share: console output on the 16550 UART, the test finisher, CSR access.
#ifndef BARE_H
#define BARE_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define UART 0x10000000UL
#define FINISHER 0x100000UL
#define CLINT 0x2000000UL
#define PLIC 0xc000000UL
#define MSIP ((volatile u32 *)CLINT)
#define MTIMECMP ((volatile u64 *)(CLINT + 0x4000))
#define MTIME ((volatile u64 *)(CLINT + 0xbff8))

#define MSTATUS_MIE (1UL << 3)
#define MSTATUS_MPIE (1UL << 7)
#define MSTATUS_MPP (3UL << 11)
#define MIE_MSIE (1UL << 3)
#define MIE_MTIE (1UL << 7)
#define MIE_MEIE (1UL << 11)
#define CAUSE_INTERRUPT (1UL << 63)

#define csr_read(name) ({ u64 value_; __asm__ volatile("csrr %0, " #name : "=r"(value_)::"memory"); value_; })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"(value) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"(bits) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"(bits) : "memory")

void put_char(char c);
void put_string(const char *text);
void put_hex(u64 value);
void put_decimal(u64 value);
/** Ends the machine with `code`; 0 is success. */
void finish(int code) __attribute__((noreturn));

/** Called by the trap entry; returns the pc to resume at. Each program that enables traps defines it. */
u64 trap(u64 cause, u64 epc, u64 tval);

#endif
