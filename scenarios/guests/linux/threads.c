// POSIX threads: mutexes, condition variables, joins, thread-local storage, atomics, once, barriers, a read-write lock. Sums
// and counts only, so that the output does not depend on how threads interleave.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 4
#define ROUNDS 300

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long guarded;
static atomic_long loose;
static atomic_uint words;
static __thread long own;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;

static void initialise(void) { initialised++; }

static void *adder(void *argument) {
  long id = (long)argument;
  pthread_once(&once, initialise);
  for (int i = 0; i < ROUNDS; i++) {
    own += id;
    atomic_fetch_add(&loose, 3);
    atomic_fetch_xor(&words, 1u << (id * 7 % 32));
    pthread_mutex_lock(&mutex);
    guarded += own % 5;
    pthread_mutex_unlock(&mutex);
  }
  return (void *)own;
}

// A bounded queue between producers and consumers.
static struct {
  pthread_mutex_t mutex;
  pthread_cond_t filled, freed;
  int items[4], count, head;
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, {0}, 0, 0};

static void put(int item) {
  pthread_mutex_lock(&queue.mutex);
  while (queue.count == 4) pthread_cond_wait(&queue.freed, &queue.mutex);
  queue.items[(queue.head + queue.count++) % 4] = item;
  pthread_cond_signal(&queue.filled);
  pthread_mutex_unlock(&queue.mutex);
}

static int take(void) {
  pthread_mutex_lock(&queue.mutex);
  while (queue.count == 0) pthread_cond_wait(&queue.filled, &queue.mutex);
  int item = queue.items[queue.head];
  queue.head = (queue.head + 1) % 4;
  queue.count--;
  pthread_cond_signal(&queue.freed);
  pthread_mutex_unlock(&queue.mutex);
  return item;
}

static void *producer(void *argument) {
  long from = (long)argument;
  for (int i = 0; i < 100; i++) put((int)from + i);
  return NULL;
}

static void *consumer(void *argument) {
  (void)argument;
  long sum = 0;
  for (int item; (item = take()) >= 0;) sum += item;
  return (void *)sum;
}

static pthread_barrier_t barrier;
static long phases[THREADS];

static void *walker(void *argument) {
  long id = (long)argument, seen = 0;
  for (int phase = 0; phase < 5; phase++) {
    phases[id] = phase + id;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++) seen += phases[i];
    pthread_barrier_wait(&barrier);
  }
  return (void *)seen;
}

static pthread_key_t key;
static atomic_int destroyed;
static void destroy(void *value) { atomic_fetch_add(&destroyed, *(int *)value); }

static void *keyed(void *argument) {
  pthread_setspecific(key, argument);
  pthread_exit(pthread_getspecific(key));
}

int main(void) {
  pthread_t thread[THREADS];
  long total = 0;
  void *result;

  for (long i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, adder, (void *)(i + 1));
  for (int i = 0; i < THREADS; i++) {
    pthread_join(thread[i], &result);
    total += (long)result;
  }
  printf("total %ld loose %ld words %x initialised %d own %ld\n", total, atomic_load(&loose), atomic_load(&words), initialised, own);
  printf("guarded %ld\n", guarded);

  pthread_t producers[2], consumers[2];
  for (long i = 0; i < 2; i++) {
    pthread_create(&producers[i], NULL, producer, (void *)(i * 1000));
    pthread_create(&consumers[i], NULL, consumer, NULL);
  }
  for (int i = 0; i < 2; i++) pthread_join(producers[i], NULL);
  put(-1);
  put(-1);
  long sum = 0;
  for (int i = 0; i < 2; i++) {
    pthread_join(consumers[i], &result);
    sum += (long)result;
  }
  printf("consumed %ld\n", sum);

  pthread_barrier_init(&barrier, NULL, THREADS);
  for (long i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, walker, (void *)i);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(thread[i], &result);
    printf("walker %d saw %ld\n", i, (long)result);
  }

  static int seven = 7;
  pthread_key_create(&key, destroy);
  pthread_create(&thread[0], NULL, keyed, &seven);
  pthread_join(thread[0], &result);
  printf("keyed %d destroyed %d\n", *(int *)result, atomic_load(&destroyed));

  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  printf("second reader %d, writer refused %d\n", pthread_rwlock_tryrdlock(&lock), pthread_rwlock_trywrlock(&lock) != 0);
  return 0;
}
