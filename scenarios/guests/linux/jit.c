// A small compiler that runs what it compiles: random expression trees become RV64 code in mapped pages, and each result
// is held against an interpreter of the same tree. Code is written under W^X and into pages that are both, patched while
// it is in use, moved, unmapped and mapped anew, and laid across page boundaries; faults on pages that are not to be
// written are served as a JIT's guard pages are. Arguments: a seed and a number of rounds.

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 4, CELLS = 16, A0 = 10, A1 = 11, T0 = 5, RA = 1, SP = 2 };

typedef int64_t function(int64_t argument, int64_t *cells);

static uint32_t state;
static uint32_t below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

static unsigned long checks, wrong, guards;
static uint64_t digest = 0xcbf29ce484222325;
static void check(int64_t got, int64_t want) {
  checks++;
  if (got != want) wrong++;
  digest = (digest ^ (uint64_t)got) * 0x100000001b3;
}

// --- code ---

static char *base;      // PAGES pages at an address of their own
static uint32_t *here;  // where the next instruction goes; any multiple of two
static int writable_and_executable;

static void put16(unsigned half) {
  *(volatile uint16_t *)here = (uint16_t)half;
  here = (uint32_t *)((char *)here + 2);
}
static void put(uint32_t word) {
  put16(word & 0xffff);
  put16(word >> 16);
}
static uint32_t i_type(int imm, int rs1, int funct3, int rd, int op) {
  return (uint32_t)imm << 20 | (uint32_t)rs1 << 15 | (uint32_t)funct3 << 12 | (uint32_t)rd << 7 | (uint32_t)op;
}
static uint32_t r_type(int funct7, int rs2, int rs1, int funct3, int rd, int op) {
  return i_type(funct7 << 5 | rs2, rs1, funct3, rd, op);
}
static uint32_t s_type(int imm, int rs2, int rs1, int funct3) {
  return i_type((imm >> 5) << 5 | rs2, rs1, funct3, imm & 31, 0x23);
}
static uint32_t jal(int rd, long distance) {
  uint32_t d = (uint32_t)distance;
  return (d >> 20 & 1) << 31 | (d >> 1 & 0x3ff) << 21 | (d >> 11 & 1) << 20 | (d >> 12 & 0xff) << 12 | (uint32_t)rd << 7 | 0x6f;
}

static void protect(int prot) {
  if (!writable_and_executable && mprotect(base, PAGES * PAGE, prot) != 0) abort();
}
static void open_code(void *at) {
  protect(PROT_READ | PROT_WRITE);
  here = at;
}
static void close_code(void) {
  protect(PROT_READ | PROT_EXEC);
  __asm__ volatile("fence.i" : : : "memory");
}

// --- expressions ---

struct node {
  int op;  // 0 constant, 1 argument, 2 cell, 3 and up: operators
  int64_t value;
  struct node *left, *right;
};
static struct node pool[64];
static int used;

static const struct { int funct7, funct3, op; } OPERATORS[] = {
    {0, 0, 0x33}, {32, 0, 0x33}, {1, 0, 0x33}, {0, 4, 0x33}, {0, 6, 0x33}, {0, 7, 0x33}, {0, 1, 0x33}, {32, 5, 0x33},
    {0, 0, 0x3b}, {1, 4, 0x33}, {1, 7, 0x33}, {0, 2, 0x33}, {1, 3, 0x33}, {32, 5, 0x3b},
};

static struct node *tree(int depth) {
  struct node *n = &pool[used++];
  n->left = n->right = 0;
  n->op = depth == 0 || used > 50 ? (int)below(3) : 3 + (int)below(sizeof OPERATORS / sizeof *OPERATORS);
  n->value = n->op == 2 ? (int64_t)below(CELLS) : (int64_t)below(4096) - 2048;
  if (n->op >= 3) {
    n->left = tree(depth - 1);
    n->right = tree(depth - 1);
  }
  return n;
}

static int64_t evaluate(const struct node *n, int64_t argument, const int64_t *cells) {
  if (n->op == 0) return n->value;
  if (n->op == 1) return argument;
  if (n->op == 2) return cells[n->value];
  int64_t x = evaluate(n->left, argument, cells), y = evaluate(n->right, argument, cells);
  uint64_t u = (uint64_t)x, v = (uint64_t)y;
  switch (n->op - 3) {
    case 0: return (int64_t)(u + v);
    case 1: return (int64_t)(u - v);
    case 2: return (int64_t)(u * v);
    case 3: return x ^ y;
    case 4: return x | y;
    case 5: return x & y;
    case 6: return (int64_t)(u << (v & 63));
    case 7: return x >> (v & 63);
    case 8: return (int32_t)(uint32_t)(u + v);
    case 9: return y == 0 ? -1 : x == INT64_MIN && y == -1 ? x : x / y;
    case 10: return y == 0 ? x : (int64_t)(u % v);
    case 11: return x < y;
    case 12: return (int64_t)(uint64_t)((unsigned __int128)u * v >> 64);
    default: return (int32_t)(uint32_t)u >> (v & 31);
  }
}

/** The value of `n` into register `to`; the argument is in a0, the cells at a1; registers from `to` on are free. */
static void compile(const struct node *n, int to) {
  static const int FREE[] = {T0, 6, 7, 28, 29, 30, 31, 12, 13, 14, 15, 16, 17};
  int rd = FREE[to];
  if (n->op == 0) put(i_type((int)n->value, 0, 0, rd, 0x13));
  else if (n->op == 1) put16(0x8002 | (unsigned)rd << 7 | A0 << 2);  // c.mv
  else if (n->op == 2) put(i_type((int)n->value * 8, A1, 3, rd, 0x03));
  else {
    compile(n->left, to);
    compile(n->right, to + 1);
    put(r_type(OPERATORS[n->op - 3].funct7, FREE[to + 1], rd, OPERATORS[n->op - 3].funct3, rd, OPERATORS[n->op - 3].op));
  }
}

/** A function at `at` that stores its result in cell 0 and returns it. */
static function *define(void *at, const struct node *n) {
  open_code(at);
  compile(n, 0);
  put(s_type(0, T0, A1, 3));
  put16(0x8002 | A0 << 7 | T0 << 2);  // c.mv a0, t0
  put16(0x8082);                      // c.jr ra
  close_code();
  return (function *)(uintptr_t)at;
}

static int64_t cells[CELLS];
static void try(function *compiled, const struct node *n) {
  for (int k = 0; k < CELLS; k++) cells[k] = (int64_t)((uint64_t)below(~0u) << below(33)) * (below(2) ? 1 : -1);
  for (int k = 0; k < 3; k++) {
    int64_t argument = (int64_t)below(1000) - 500, want = evaluate(n, argument, cells);
    check(compiled(argument, cells), want);
    check(cells[0], want);
  }
}

// --- what is done to code ---

static void define_anywhere(void) {
  used = 0;
  struct node *n = tree(3);
  // Often over a page boundary.
  char *at = below(3) ? base + PAGE - 2 * below(60) : base + 2 * below(PAGE);
  try(define(at, n), n);
}

/** A caller whose call is patched from one function to another, in place, as call sites and inline caches are. */
static void patch_call(void) {
  used = 0;
  struct node *trees[2] = {tree(2), tree(2)};
  function *targets[2] = {define(base + 256, trees[0]), define(base + PAGE + 256, trees[1])};
  char *caller = base + PAGE - 10 + 2 * below(6);
  open_code(caller);
  put(i_type(-16, SP, 0, SP, 0x13));
  put(s_type(8, RA, SP, 3));
  char *site = (char *)here;
  put(jal(RA, (char *)(uintptr_t)targets[0] - site));
  put(i_type(8, SP, 3, RA, 0x03));
  put(i_type(16, SP, 0, SP, 0x13));
  put16(0x8082);
  close_code();
  for (int k = 0; k < 6; k++) {
    open_code(site);
    put(jal(RA, (char *)(uintptr_t)targets[k & 1] - site));
    close_code();
    try((function *)(uintptr_t)caller, trees[k & 1]);
  }
}

/** A loop that changes an instruction of its own, ahead or behind, at each turn. */
static void patch_itself(void) {
  int ahead = (int)below(2), turns = 2 + (int)below(5);
  protect(PROT_READ | PROT_WRITE | PROT_EXEC);
  char *at = base + 2 * PAGE - 2 * below(24);
  here = (uint32_t *)at;
  uint32_t word = i_type(1, T0, 0, T0, 0x13);  // addi t0, t0, 1; grows by one at each turn
  put(i_type(0, 0, 0, T0, 0x13));
  char *top = (char *)here;
  char *patched = top + (ahead ? 16 : 0);
  if (!ahead) put(word);
  put(i_type(0, 13, 2, 7, 0x03));     // lw t2, 0(a3)
  put(r_type(0, 12, 7, 0, 7, 0x33));  // add t2, t2, a2
  put(s_type(0, 7, 13, 2));           // sw t2, 0(a3)
  put(0x0000100f);                    // fence.i
  if (ahead) put(word);
  put(i_type(-1, A0, 0, A0, 0x13));
  long back = top - (char *)here;
  uint32_t d = (uint32_t)back;
  put((d >> 12 & 1) << 31 | (d >> 5 & 63) << 25 | 0u << 20 | A0 << 15 | 1u << 12 | (d >> 1 & 15) << 8 | (d >> 11 & 1) << 7 | 0x63);
  put16(0x8002 | A0 << 7 | T0 << 2);
  put16(0x8082);
  __asm__ volatile("fence.i" : : : "memory");
  int64_t want = 0;
  for (int k = 0; k < turns; k++) want += 1 + k + ahead;
  check(((int64_t(*)(int64_t, int64_t, int64_t, char *))(uintptr_t)at)(turns, 0, 1 << 20, patched), want);
  close_code();
}

/** The same address, other code: mapped over, and moved there. */
static void map_over(void) {
  used = 0;
  struct node *first = tree(3), *second = tree(3);
  char *at = base + 3 * PAGE + 2 * below(64);
  try(define(at, first), first);
  int prot = writable_and_executable ? PROT_READ | PROT_WRITE | PROT_EXEC : PROT_READ;
  if (below(2)) {
    if (munmap(base + 3 * PAGE, PAGE) != 0) abort();
    if (mmap(base + 3 * PAGE, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) abort();
  } else {
    char *other = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(other, 0, PAGE);
    if (mprotect(other, PAGE, prot) != 0) abort();
    if (mremap(other, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base + 3 * PAGE) == MAP_FAILED) abort();
  }
  try(define(at, second), second);
}

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  char *address = info->si_addr;
  if (address < base || address >= base + PAGES * PAGE) _Exit(3);
  guards++;
  mprotect(base, PAGES * PAGE, PROT_READ | PROT_WRITE);
}

/** Writes without asking: the fault opens the pages. Then runs what has been written, which needs them closed. */
static void write_guarded(void) {
  used = 0;
  struct node *n = tree(2);
  char *at = base + PAGE - 2 * below(30);
  function *compiled = define(at, n);
  try(compiled, n);
  here = (uint32_t *)at;
  put(i_type(77, 0, 0, A0, 0x13));
  put16(0x8082);
  close_code();
  check(compiled(1, cells), 77);
}

int main(int argc, char **argv) {
  state = argc > 1 ? (uint32_t)strtoul(argv[1], 0, 0) | 1 : 2463534242u;
  int rounds = argc > 2 ? atoi(argv[2]) : 150;
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, 0);
  base = mmap((void *)0x50000000, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (base == MAP_FAILED) return 2;
  static void (*const steps[])(void) = {define_anywhere, patch_call, patch_itself, map_over, write_guarded};
  for (int k = 0; k < rounds; k++) {
    writable_and_executable = 0;
    if (below(3) == 0) {
      if (mprotect(base, PAGES * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) abort();
      writable_and_executable = 1;
    }
    steps[below(5)]();
  }
  printf("%lu checks, %lu wrong, %lu guarded writes, digest %016lx\n", checks, wrong, guards, (unsigned long)digest);
  return wrong != 0;
}
