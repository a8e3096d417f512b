// Calls walk (far.S) for one round, before anything is linked, and then for many.

#include "nolibc.h"

uint64_t walk(uint64_t seed, long rounds);

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  put("once\n");
  uint64_t x = walk(1, 1);
  show("walk ", x, 16);
  put("many\n");
  x = walk(x, 30);
  show("walk ", x, 16);
  return 0;
}
