// Non-local control flow: setjmp and longjmp through several frames, a hand-made generator on two stacks, recursion,
// indirect calls through a table, a computed goto interpreter, variable arguments.

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

static jmp_buf top;

static void descend(int depth) {
  if (depth == 0) longjmp(top, 42);
  descend(depth - 1);
  printf("never here\n");
}

static ucontext_t main_context, generator_context;
static int yielded;

static void generator(void) {
  int a = 0, b = 1;
  for (int i = 0; i < 12; i++) {
    yielded = a;
    swapcontext(&generator_context, &main_context);
    int next = a + b;
    a = b;
    b = next;
  }
  yielded = -1;
}

static long ackermann(long m, long n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static long twice(long x) { return 2 * x; }
static long square(long x) { return x * x; }
static long minus(long x) { return x - 7; }
static long (*const TABLE[])(long) = {twice, square, minus};

static long interpret(const unsigned char *code) {
  static void *const LABELS[] = {&&push, &&add, &&mul, &&call, &&loop, &&stop};
  long stack[16];
  int sp = 0, rounds = 0;
  const unsigned char *p = code;
  goto *LABELS[*p++];
push:
  stack[sp++] = *p++;
  goto *LABELS[*p++];
add:
  sp--;
  stack[sp - 1] += stack[sp];
  goto *LABELS[*p++];
mul:
  sp--;
  stack[sp - 1] = stack[sp - 1] * stack[sp] % 1000003;
  goto *LABELS[*p++];
call:
  stack[sp - 1] = TABLE[*p++](stack[sp - 1]) % 1000003;
  goto *LABELS[*p++];
loop:
  if (++rounds < 50) p = code + 2;
  goto *LABELS[*p++];
stop:
  return stack[sp - 1];
}

static double total(int n, ...) {
  va_list arguments;
  va_start(arguments, n);
  double sum = 0;
  for (int i = 0; i < n; i++) sum += i % 2 ? va_arg(arguments, double) : va_arg(arguments, int);
  va_end(arguments);
  return sum;
}

int main(void) {
  volatile int visits = 0;
  int result = setjmp(top);
  visits++;
  if (result == 0) descend(20);
  printf("longjmp %d after %d returns\n", result, visits);

  char *stack = malloc(65536);
  getcontext(&generator_context);
  generator_context.uc_stack.ss_sp = stack;
  generator_context.uc_stack.ss_size = 65536;
  generator_context.uc_link = &main_context;
  makecontext(&generator_context, generator, 0);
  for (;;) {
    swapcontext(&main_context, &generator_context);
    if (yielded < 0) break;
    printf("%d ", yielded);
  }
  printf("done\n");
  free(stack);

  printf("ackermann %ld\n", ackermann(2, 9));
  static const unsigned char CODE[] = {0, 3, 3, 1, 0, 5, 2, 3, 0, 0, 9, 1, 3, 2, 4, 5};
  printf("interpreted %ld\n", interpret(CODE));
  printf("total %.3f\n", total(5, 1, 2.5, 3, 4.25, 5));
  return 7;
}
