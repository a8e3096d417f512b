// Floating point: N rounds (argv[1], default 500) of an n-body step, a Mandelbrot row, sums in single precision.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODIES = 5 };
static double position[BODIES][3], velocity[BODIES][3];

static void advance(double dt) {
  for (int i = 0; i < BODIES; i++) {
    for (int j = i + 1; j < BODIES; j++) {
      double d[3], square = 0.01;
      for (int k = 0; k < 3; k++) {
        d[k] = position[i][k] - position[j][k];
        square += d[k] * d[k];
      }
      double pull = dt / (square * sqrt(square));
      for (int k = 0; k < 3; k++) {
        velocity[i][k] -= d[k] * pull * (j + 1);
        velocity[j][k] += d[k] * pull * (i + 1);
      }
    }
  }
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) position[i][k] += dt * velocity[i][k];
  }
}

static int mandelbrot(double y) {
  int inside = 0;
  for (int column = 0; column < 64; column++) {
    double cr = column / 32.0 - 1.5, r = 0, i = 0;
    int n = 0;
    for (; n < 50 && r * r + i * i < 4; n++) {
      double t = r * r - i * i + cr;
      i = 2 * r * i + y;
      r = t;
    }
    inside += n == 50;
  }
  return inside;
}

int main(int argc, char **argv) {
  long rounds = argc > 1 ? strtol(argv[1], NULL, 0) : 500;
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) position[i][k] = (i * 7 + k * 3) % 5 + i;
  }
  int inside = 0;
  float sum = 0;
  for (long n = 0; n < rounds; n++) {
    for (int i = 0; i < 20; i++) advance(0.001);
    inside += mandelbrot((n % 64) / 32.0 - 1);
    for (int i = 1; i < 500; i++) sum += 1.0f / (float)i;
  }
  printf("bodies %.12f %.12f\nmandelbrot %d\nsum %.6f\n", position[0][0], position[4][2], inside, (double)sum);
  return 0;
}
