// Indirect jumps: N rounds (argv[1], default 1000) of returns from a recursion, a switch by table, calls through
// pointers in an order that does not repeat soon.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t next(uint32_t *seed) { return *seed = *seed * 1664525u + 1013904223u; }

__attribute__((noinline)) static uint64_t recurse(uint64_t n) { return n < 2 ? n : recurse(n - 1) + recurse(n - 2); }

__attribute__((noinline)) static uint64_t step(uint64_t x, unsigned op) {
  switch (op) {
    case 0: return x + 3;
    case 1: return x ^ 0x55;
    case 2: return x << 1;
    case 3: return x >> 1;
    case 4: return x * 7;
    case 5: return x - 11;
    case 6: return ~x;
    default: return x | 1;
  }
}

struct shape {
  uint64_t (*area)(const struct shape *);
  uint64_t a, b;
};
static uint64_t square(const struct shape *s) { return s->a * s->a; }
static uint64_t rectangle(const struct shape *s) { return s->a * s->b; }
static uint64_t triangle(const struct shape *s) { return s->a * s->b / 2; }
static uint64_t nothing(const struct shape *s) { return s->b - s->b; }

int main(int argc, char **argv) {
  long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : 1000;
  uint64_t (*const areas[])(const struct shape *) = {square, rectangle, triangle, nothing};
  uint64_t sum = 0, x = 1, total = 0;
  uint32_t seed = 1;
  for (long n = 0; n < rounds; n++) {
    sum += recurse(12);
    for (int i = 0; i < 500; i++) x = step(x, next(&seed) >> 29);
    for (int i = 0; i < 500; i++) {
      struct shape s = {areas[next(&seed) >> 30], i, n};
      total += s.area(&s);
    }
  }
  printf("returns %llu\nswitches %llu\ncalls %llu\n", (unsigned long long)sum, (unsigned long long)x, (unsigned long long)total);
  return 0;
}
