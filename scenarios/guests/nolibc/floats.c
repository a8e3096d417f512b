// Floating-point corners: rounding, boxes, flags, minimum of a NaN. Each stanza is a block of its own (at_NAME, see at.h;
// the mutants of these names fail there).

#include "nolibc.h"
#include "at.h"

#define ONE 0x3ff0000000000000u
#define TINY 0x3c30000000000000u // 2^-60
#define NAN64 0x7ff8000000000000u
#define ONE_AND 0x3ff0000000000001u

#define FLOAT(name, code, a, b, c)                                                                              \
  ({                                                                                                            \
    uint64_t result_ = 0;                                                                                       \
    __asm__ volatile("fmv.d.x fa0,%1; fmv.d.x fa1,%2; fmv.d.x fa2,%3\n" AT(name) code                           \
                     : "+&r"(result_) : "r"(OPAQUE(a)), "r"(OPAQUE(b)), "r"(OPAQUE(c)) : "fa0", "fa1", "fa2", "memory"); \
    sum = sum * 31 + result_;                                                                                   \
  })

static int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  uint64_t sum = 1, flags;
  static const uint32_t single = 0x40490fdb;
  __asm__ volatile("fsrmi 3"); // towards +infinity
  FLOAT(dynamic_rounding, "fadd.d fa0,fa0,fa1; fmv.x.d %0,fa0", ONE, TINY, 0);
  __asm__ volatile("fsrmi 0");
  FLOAT(truncation, "fcvt.w.d %0,fa0,rtz", 0x400599999999999au, 0, 0); // 2.7
  FLOAT(unboxed_input, "fsgnj.s fa0,fa1,fa1; fmv.x.d %0,fa0", 0, 0x3f800000, 0);
  FLOAT(unboxed_load, "flw fa0,0(%1); fmv.x.d %0,fa0", &single, 0, 0);
  __asm__ volatile("fsflagsi 0");
  FLOAT(lost_flags, "fdiv.d fa0,fa0,fa1; fmul.d fa0,fa2,fa2", ONE, 0x4008000000000000u, ONE);
  __asm__ volatile("frflags %0" : "=r"(flags));
  sum += flags;
  FLOAT(minimum_nan, "fmin.d fa0,fa0,fa1; fmv.x.d %0,fa0", ONE, NAN64, 0);
  FLOAT(rounded_twice, "fmadd.d fa0,fa0,fa1,fa2; fmv.x.d %0,fa0", ONE_AND, ONE_AND, 0xbff0000000000002u);
  FLOAT(unsigned_conversion, "fcvt.d.lu fa0,%1; fmv.x.d %0,fa0", 0x8000000000000000u, 0, 0);
  show("sum ", sum, 16);
  return 0;
}
