// Floating point as the C library meets it: printf of many values, mathematical functions, conversions, the four
// rounding modes, accrued exception flags, fused multiply-add, subnormals, infinities, NaN. At -O2 the compiler fuses
// products and sums, so that its last bits may differ from those at -O0.

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits(double x) {
  uint64_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
static uint32_t bitsf(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

static const double VALUES[] = {
  0.0, -0.0, 1.0, -1.5, 0.1, 1.0 / 3.0, 3.14159265358979323846, 1e22, 1e23, 123456789.987654321, 5e-324, 2.2250738585072014e-308,
  1.7976931348623157e308, 4503599627370497.5, 9007199254740993.0, 0.3, 2.5, 3.5, -2.5, 1e-5, 65504.0, INFINITY, -INFINITY,
};
#define COUNT (sizeof VALUES / sizeof *VALUES)

static void printing(void) {
  for (size_t i = 0; i < COUNT; i++) {
    double x = VALUES[i];
    printf("%g %.17g %e %.3f %a\n", x, x, x, fabs(x) < 1e30 ? x : 0.0, x);
  }
  printf("%5.1f|%-9.2e|%+.0f|%010.3f|%#.0f\n", 2.25, 12345.678, 0.5, -3.14159, 7.0);
  printf("%.20Lf\n", (long double)1.0 / 3.0L);
  printf("%.17g %.17g %g\n", strtod("0.1000000000000000055", NULL), strtod("1.7976931348623159e308", NULL), strtod("nan", NULL));
}

static void functions(void) {
  for (int i = -4; i <= 4; i++) {
    double x = i * 0.7 + 0.05;
    printf("%016llx %016llx %016llx %016llx\n", (unsigned long long)bits(sin(x)), (unsigned long long)bits(cos(x)),
           (unsigned long long)bits(exp(x)), (unsigned long long)bits(atan(x)));
    printf("%016llx %016llx %016llx %08x\n", (unsigned long long)bits(log(fabs(x))), (unsigned long long)bits(sqrt(fabs(x))),
           (unsigned long long)bits(pow(fabs(x), 1.7)), bitsf(sinf((float)x)));
    printf("%g %g %g %g %g %ld\n", floor(x), ceil(x), trunc(x), round(x), fmod(x * 10, 3), lrint(x));
  }
  printf("%g %g %g\n", hypot(3, 4), cbrt(27), tgamma(5));
  printf("%g %g\n", fmin(NAN, 2), fmax(-0.0, 0.0));
}

static volatile double dx, dy, dz;
static volatile float fx, fy, fz;

static void rounding(void) {
  static const int MODES[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  for (int m = 0; m < 4; m++) {
    fesetround(MODES[m]);
    feclearexcept(FE_ALL_EXCEPT);
    dx = 1.0;
    dy = 3.0;
    dz = dx / dy;
    fx = 16777216.0f;
    fy = 1.5f;
    fz = fx + fy;
    uint64_t quotient = bits(dz);
    uint32_t sum = bitsf(fz);
    dx = -2.5;
    long a = lrint(dx), b = lrint(-dx);
    dx = 0.1;
    dy = 10.0;
    double fused = fma(dx, dy, -1.0);
    float narrow = (float)dx;
    int flags = fetestexcept(FE_ALL_EXCEPT);
    fesetround(FE_TONEAREST);
    printf("mode %d: %016llx %08x %ld %ld %016llx %08x flags %x\n", m, (unsigned long long)quotient, sum, a, b,
           (unsigned long long)bits(fused), bitsf(narrow), flags);
  }
}

static void exceptions(void) {
  static const struct {
    double x, y;
    char op;
  } CASES[] = {
    {1, 0, '/'}, {0, 0, '/'}, {1e308, 1e10, '*'}, {1e-308, 1e-10, '*'}, {1, 3, '/'}, {INFINITY, INFINITY, '-'}, {1, 2, '+'},
    {5e-324, 2, '/'},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    feclearexcept(FE_ALL_EXCEPT);
    dx = CASES[i].x;
    dy = CASES[i].y;
    dz = CASES[i].op == '/' ? dx / dy : CASES[i].op == '*' ? dx * dy : CASES[i].op == '-' ? dx - dy : dx + dy;
    int flags = fetestexcept(FE_ALL_EXCEPT);
    printf("%g %c %g: %016llx flags %x\n", dx, CASES[i].op, dy, (unsigned long long)bits(dz), flags);
  }
}

static void conversions(void) {
  static const double FROM[] = {0.5, -0.5, 1.9, -1.9, 2147483647.5, -2147483649.0, 4294967295.9, 1e19, -1e19, 9.3e18};
  for (size_t i = 0; i < sizeof FROM / sizeof *FROM; i++) {
    dx = FROM[i];
    fx = (float)dx;
    long l;
    unsigned long ul;
    int w;
    unsigned uw;
    // Out of range the C language leaves the result open; the instructions do not.
    __asm__ volatile("fcvt.l.d %0,%1,rtz" : "=r"(l) : "f"(dx));
    __asm__ volatile("fcvt.lu.d %0,%1,rtz" : "=r"(ul) : "f"(dx));
    __asm__ volatile("fcvt.w.s %0,%1,rne" : "=r"(w) : "f"(fx));
    __asm__ volatile("fcvt.wu.s %0,%1,rup" : "=r"(uw) : "f"(fx));
    printf("%g: %ld %lu %d %u %08x\n", dx, l, ul, w, uw, bitsf(fx));
  }
  volatile uint64_t big = 0x8000000000000401ull;
  volatile int64_t negative = -0x7fffffffffffffffll;
  printf("%016llx %016llx %08x\n", (unsigned long long)bits((double)big), (unsigned long long)bits((double)negative), bitsf((float)big));
}

static void classes(void) {
  static const double OF[] = {-INFINITY, -1, -5e-324, -0.0, 0.0, 5e-324, 1, INFINITY};
  for (size_t i = 0; i < sizeof OF / sizeof *OF; i++) {
    long c;
    __asm__ volatile("fclass.d %0,%1" : "=r"(c) : "f"(OF[i]));
    printf("%lx%s", c, i + 1 < sizeof OF / sizeof *OF ? " " : "\n");
  }
  // A single precision register image that is not NaN-boxed counts as NaN.
  double image = 1.0;
  float out;
  __asm__ volatile("fadd.s %0,%1,%1" : "=f"(out) : "f"(image));
  printf("unboxed %08x\n", bitsf(out));
}

int main(void) {
  printing();
  functions();
  rounding();
  exceptions();
  conversions();
  classes();
  return 0;
}
