// Three loops of different shape: CRC-32 by table over N KiB (argv[1], default 16), a sieve of Eratosthenes, a
// product of integer matrices. Loads, byte accesses, nested loops, multiplications.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t table[256];

static void make_table(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t c = n;
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[n] = c;
  }
}

static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t size) {
  crc = ~crc;
  while (size--) crc = table[(crc ^ *data++) & 255] ^ (crc >> 8);
  return ~crc;
}

static long sieve(int limit) {
  uint8_t *composite = calloc(limit, 1);
  long sum = 0;
  for (int i = 2; i < limit; i++) {
    if (composite[i]) continue;
    sum += i;
    for (long j = (long)i * i; j < limit; j += i) composite[j] = 1;
  }
  free(composite);
  return sum;
}

static int64_t matrix(int n) {
  int64_t *a = malloc(sizeof *a * n * n), *b = malloc(sizeof *b * n * n), *c = calloc(sizeof *c, n * n);
  for (int i = 0; i < n * n; i++) {
    a[i] = i % 17 - 8;
    b[i] = i % 23 - 11;
  }
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      for (int k = 0; k < n; k++) c[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  int64_t digest = 0;
  for (int i = 0; i < n * n; i++) digest = digest * 31 + c[i];
  free(a);
  free(b);
  free(c);
  return digest;
}

int main(int argc, char **argv) {
  long kib = argc > 1 ? strtol(argv[1], NULL, 0) : 16;
  uint8_t data[1024];

  make_table();
  printf("check %08x\n", crc32(0, (const uint8_t *)"123456789", 9));
  uint32_t crc = 0;
  for (long n = 0; n < kib; n++) {
    for (int i = 0; i < 1024; i++) data[i] = (uint8_t)(i * n + (i >> 3));
    crc = crc32(crc, data, sizeof data);
  }
  printf("crc %08x\n", crc);
  printf("sieve %ld\n", sieve(20000));
  printf("matrix %lld\n", (long long)matrix(24));
  return 0;
}
