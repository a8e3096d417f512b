// A wild access: some honest output, then a load through a bad pointer that nobody catches (killed by SIGSEGV,
// 139 in a shell). The address is beyond the lower half of the address space.

#include <stdint.h>
#include <stdio.h>

struct node {
  struct node *next;
  long value;
};

int main(void) {
  struct node c = {(struct node *)0x7f5a5a5a5a5a5a00, 3}, b = {&c, 2}, a = {&b, 1};
  setvbuf(stdout, NULL, _IOLBF, 0);
  long sum = 0;
  for (volatile struct node *n = &a; n; n = n->next) {
    sum += n->value;
    printf("sum %ld\n", sum);
  }
  return 0;
}
