// RC5-32/12/16, a cipher of data-dependent rotations: a 32-bit rotation is sllw and srlw with counts whose upper bits are
// not zero and must not matter. The shift-mask mutant keeps one bit too many. Encrypts and decrypts N blocks
// (argv[1], default 40) and prints a known answer first.

#include "nolibc.h"

#define ROUNDS 12

static uint32_t S[2 * ROUNDS + 2];

// Kept out of line so that the rotations stay two blocks of the program, easy to find.
static __attribute__((noinline)) uint32_t rotl(uint32_t x, uint32_t n) { return (x << (n & 31)) | (x >> (-n & 31)); }
static __attribute__((noinline)) uint32_t rotr(uint32_t x, uint32_t n) { return (x >> (n & 31)) | (x << (-n & 31)); }

static void schedule(const uint8_t key[16]) {
  uint32_t L[4] = {0, 0, 0, 0};
  for (int i = 15; i >= 0; i--) L[i / 4] = (L[i / 4] << 8) + key[i];
  S[0] = 0xb7e15163;
  for (int i = 1; i < 2 * ROUNDS + 2; i++) S[i] = S[i - 1] + 0x9e3779b9;
  uint32_t a = 0, b = 0;
  for (int i = 0, j = 0, k = 0; k < 3 * (2 * ROUNDS + 2); k++) {
    uint32_t sum = S[i] + a + b;
    a = S[i] = sum << 3 | sum >> 29;
    b = L[j] = rotl(L[j] + a + b, a + b);
    i = (i + 1) % (2 * ROUNDS + 2);
    j = (j + 1) % 4;
  }
}

static void encrypt(uint32_t v[2]) {
  uint32_t a = v[0] + S[0], b = v[1] + S[1];
  for (int i = 1; i <= ROUNDS; i++) {
    a = rotl(a ^ b, b) + S[2 * i];
    b = rotl(b ^ a, a) + S[2 * i + 1];
  }
  v[0] = a;
  v[1] = b;
}

static void decrypt(uint32_t v[2]) {
  uint32_t a = v[0], b = v[1];
  for (int i = ROUNDS; i >= 1; i--) {
    b = rotr(b - S[2 * i + 1], a) ^ a;
    a = rotr(a - S[2 * i], b) ^ b;
  }
  v[0] = a - S[0];
  v[1] = b - S[1];
}

static int main(int argc, char **argv) {
  static const uint8_t KEY[16] = {0};
  long blocks = argc > 1 ? parse(argv[1]) : 40;
  put("RC5-32/12/16\n");
  schedule(KEY);
  uint32_t v[2] = {0, 0};
  encrypt(v);
  put("zero ");
  put_hex(v[0], 8);
  put_hex(v[1], 8);
  put("\n");
  int wrong = 0;
  uint32_t digest = 0;
  for (long n = 0; n < blocks; n++) {
    uint32_t w[2] = {v[0] + (uint32_t)n, v[1] ^ (uint32_t)n}, back[2];
    v[0] = back[0] = w[0];
    v[1] = back[1] = w[1];
    encrypt(v);
    w[0] = v[0];
    w[1] = v[1];
    decrypt(w);
    wrong += w[0] != back[0] || w[1] != back[1];
    digest = digest * 16777619 ^ v[0] ^ v[1];
  }
  show("digest ", digest, 8);
  show("wrong ", (uint64_t)wrong, 4);
  return wrong != 0;
}
