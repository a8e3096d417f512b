// Threads: creation, locks, conditions, timeouts, local storage, cancellation, robust mutexes, signals to threads.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define N 8
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t sem;
static __thread int local = 5;
static atomic_long total;
static long plain;
static int turn, destroyed, cleaned, signalled;

static void init(void) { printf("once\n"); }
static void destroy(void *p) { pthread_mutex_lock(&lock); destroyed += (int)(long)p; pthread_mutex_unlock(&lock); }

static void *adder(void *arg) {
  pthread_once(&once, init);
  pthread_setspecific(key, (void *)1);
  for (int i = 0; i < 5000; i++) {
    atomic_fetch_add(&total, 1);
    pthread_mutex_lock(&lock);
    plain++;
    local++;
    pthread_mutex_unlock(&lock);
  }
  pthread_barrier_wait(&barrier);
  pthread_rwlock_rdlock(&rw);
  long seen = plain;
  pthread_rwlock_unlock(&rw);
  return (void *)(seen + local);
}

static void *ordered(void *arg) {
  int me = (int)(long)arg;
  pthread_mutex_lock(&lock);
  while (turn != me) pthread_cond_wait(&cond, &lock);
  printf("turn %d\n", me);
  turn++;
  pthread_cond_broadcast(&cond);
  pthread_mutex_unlock(&lock);
  return NULL;
}

static void cleanup(void *p) { cleaned++; }
static void *sleeper(void *arg) {
  pthread_cleanup_push(cleanup, NULL);
  for (;;) sleep(1000);
  pthread_cleanup_pop(1);
  return NULL;
}

static void *dies(void *arg) { pthread_mutex_lock(arg); return NULL; }

static void handler(int s) { signalled = (int)syscall(SYS_gettid) - getpid() > 0; }
static void *waits(void *arg) {
  sem_post(&sem);
  while (!signalled) pause();
  return NULL;
}

static int pipefd[2];
static void *reader(void *arg) {
  char c;
  long sum = 0;
  while (read(pipefd[0], &c, 1) == 1) sum += c;
  return (void *)sum;
}

static void *detached(void *arg) { sem_post(&sem); return NULL; }
static void *allocates(void *arg) {
  long sum = 0;
  for (int i = 1; i < 300; i++) {
    char *p = malloc(i * 37);
    memset(p, i, i * 37);
    sum += p[i];
    if (i % 3) free(p);
  }
  return (void *)sum;
}

int main(void) {
  pthread_t t[N];
  void *result;
  pthread_key_create(&key, destroy);
  pthread_barrier_init(&barrier, NULL, N);
  sem_init(&sem, 0, 0);
  for (long i = 0; i < N; i++) pthread_create(&t[i], NULL, adder, NULL);
  for (int i = 0; i < N; i++) { pthread_join(t[i], &result); printf("thread %d: %ld\n", i, (long)result); }
  printf("total %ld plain %ld destroyed %d local %d\n", total, plain, destroyed, local);
  for (long i = N - 1; i >= 0; i--) pthread_create(&t[i], NULL, ordered, (void *)i);
  for (int i = 0; i < N; i++) pthread_join(t[i], NULL);
  for (int i = 0; i < N; i++) { pthread_create(&t[i], NULL, allocates, NULL); }
  for (int i = 0; i < N; i++) { pthread_join(t[i], &result); printf("sum %ld\n", (long)result); }
  // Timeouts
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  ts.tv_nsec += 2000000;
  if (ts.tv_nsec >= 1000000000) { ts.tv_nsec -= 1000000000; ts.tv_sec++; }
  pthread_mutex_lock(&lock);
  printf("timedwait %s\n", strerrorname_np(pthread_cond_timedwait(&cond, &lock, &ts)));
  pthread_mutex_unlock(&lock);
  printf("sem_timedwait %d", sem_timedwait(&sem, &ts));
  printf(" %s\n", strerrorname_np(errno));
  // Cancellation
  pthread_create(&t[0], NULL, sleeper, NULL);
  usleep(1000);
  pthread_cancel(t[0]);
  pthread_join(t[0], &result);
  printf("cancelled %d cleaned %d\n", result == PTHREAD_CANCELED, cleaned);
  // A mutex of each kind
  pthread_mutexattr_t a;
  pthread_mutex_t m;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&m, &a);
  pthread_mutex_lock(&m);
  printf("errorcheck %s\n", strerrorname_np(pthread_mutex_lock(&m)));
  // Signals to a thread
  struct sigaction sa = {.sa_handler = handler};
  sigaction(SIGUSR1, &sa, NULL);
  pthread_create(&t[0], NULL, waits, NULL);
  sem_wait(&sem);
  usleep(1000);
  pthread_kill(t[0], SIGUSR1);
  pthread_join(t[0], NULL);
  printf("signalled %d\n", signalled);
  // A pipe between threads
  pipe(pipefd);
  pthread_create(&t[0], NULL, reader, NULL);
  static char big[70000];
  memset(big, 1, sizeof big);
  long n = write(pipefd[1], big, sizeof big);
  close(pipefd[1]);
  pthread_join(t[0], &result);
  printf("piped %ld %ld\n", n, (long)result);
  pthread_attr_t at;
  pthread_attr_init(&at);
  pthread_attr_setdetachstate(&at, PTHREAD_CREATE_DETACHED);
  pthread_create(&t[0], &at, detached, NULL);
  sem_wait(&sem);
  // Many, one after the other: stacks and places are used again
  for (int i = 0; i < 300; i++) {
    if (pthread_create(&t[0], NULL, detached, NULL)) { printf("create failed at %d\n", i); return 1; }
    pthread_join(t[0], NULL);
  }
  printf("done\n");
  fflush(stdout);
  pthread_create(&t[0], NULL, detached, NULL);
  pthread_exit(NULL);
}
