// Sorting four ways (qsort of the C library, shell sort, heap sort, merge sort of strings) with checks that they
// agree: comparisons through function pointers, recursion, data-dependent branches.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252ull;

static uint64_t random64(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static int compare(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

static void shell_sort(int32_t *v, int n) {
  for (int gap = n / 2; gap > 0; gap /= 2) {
    for (int i = gap; i < n; i++) {
      int32_t x = v[i];
      int j = i;
      for (; j >= gap && v[j - gap] > x; j -= gap) v[j] = v[j - gap];
      v[j] = x;
    }
  }
}

static void sift(int32_t *v, int root, int n) {
  for (;;) {
    int child = 2 * root + 1;
    if (child >= n) return;
    if (child + 1 < n && v[child + 1] > v[child]) child++;
    if (v[root] >= v[child]) return;
    int32_t t = v[root];
    v[root] = v[child];
    v[child] = t;
    root = child;
  }
}

static void heap_sort(int32_t *v, int n) {
  for (int i = n / 2; i-- > 0;) sift(v, i, n);
  for (int i = n; i-- > 1;) {
    int32_t t = v[0];
    v[0] = v[i];
    v[i] = t;
    sift(v, 0, i);
  }
}

struct item {
  char name[12];
  struct item *next;
};

static struct item *merge(struct item *a, struct item *b) {
  struct item head, *tail = &head;
  while (a && b) {
    struct item **least = strcmp(a->name, b->name) <= 0 ? &a : &b;
    tail->next = *least;
    tail = *least;
    *least = (*least)->next;
  }
  tail->next = a ? a : b;
  return head.next;
}

static struct item *merge_sort(struct item *list) {
  if (!list || !list->next) return list;
  struct item *slow = list, *fast = list->next;
  while (fast && fast->next) {
    slow = slow->next;
    fast = fast->next->next;
  }
  struct item *second = slow->next;
  slow->next = NULL;
  return merge(merge_sort(list), merge_sort(second));
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1500;
  int32_t *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), *c = malloc(n * sizeof *c);
  for (int i = 0; i < n; i++) a[i] = b[i] = c[i] = (int32_t)random64();
  qsort(a, n, sizeof *a, compare);
  shell_sort(b, n);
  heap_sort(c, n);
  uint32_t digest = 0;
  for (int i = 0; i < n; i++) digest = digest * 16777619u ^ (uint32_t)a[i];
  printf("%d numbers: first %d last %d digest %08x\n", n, a[0], a[n - 1], digest);
  printf("shell %s, heap %s\n", memcmp(a, b, n * sizeof *a) ? "differs" : "agrees", memcmp(a, c, n * sizeof *a) ? "differs" : "agrees");

  struct item *items = malloc(300 * sizeof *items), *list = NULL;
  for (int i = 0; i < 300; i++) {
    for (int k = 0; k < 11; k++) items[i].name[k] = (char)('a' + random64() % 26);
    items[i].name[11] = 0;
    items[i].next = list;
    list = &items[i];
  }
  list = merge_sort(list);
  int sorted = 0;
  for (struct item *it = list; it; it = it->next) sorted += !it->next || strcmp(it->name, it->next->name) <= 0;
  printf("strings: %s … %d in order\n", list->name, sorted);
  return 0;
}
