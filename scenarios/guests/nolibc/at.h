// Places where a mutant goes wrong: a block of their own that begins at the symbol at_NAME, reached by a jump.

#ifndef AT_H
#define AT_H

#define AT(name) "j at_" #name "\n at_" #name ":\n\t"

// What the compiler must not know at compile time.
#define OPAQUE(x)                       \
  ({                                    \
    uint64_t opaque_ = (uint64_t)(x);   \
    __asm__ volatile("" : "+r"(opaque_)); \
    opaque_;                            \
  })

#endif
