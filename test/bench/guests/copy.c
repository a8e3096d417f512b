// Memory copies: N rounds (argv[1], default 100) of the library's memcpy and memset over 64 KiB, of a loop over
// words, of a loop over bytes at odd addresses.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 65536 };
static uint64_t from[SIZE / 8 + 1], to[SIZE / 8 + 1];

int main(int argc, char **argv) {
  long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : 100;
  uint64_t digest = 0;
  for (int i = 0; i < SIZE / 8; i++) from[i] = i * 0x9e3779b97f4a7c15u;
  for (long n = 0; n < rounds; n++) {
    memcpy(to, from, SIZE);
    digest = digest * 31 + to[n % (SIZE / 8)];
    memset(to, (int)n, SIZE / 2);
    for (int i = 0; i < SIZE / 8; i++) *(volatile uint64_t *)&to[i] = from[i] + n;
    const volatile uint8_t *source = (const uint8_t *)from + 1;
    volatile uint8_t *target = (uint8_t *)to + 3;
    for (int i = 0; i < SIZE / 8; i++) target[i] = source[i];
    digest = digest * 31 + to[n % (SIZE / 8)];
  }
  printf("copy %016llx\n", (unsigned long long)digest);
  return 0;
}
