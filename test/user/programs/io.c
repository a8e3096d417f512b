// Files, directories and descriptors. Takes an empty directory to work in; every line must be the same under any Linux.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define T(expr) do { errno = 0; long result_ = (long)(expr); printf("%s = %ld %s\n", #expr, result_, result_ < 0 ? strerrorname_np(errno) : ""); } while (0)

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *path) {
  DIR *d = opendir(path);
  char *names[64];
  int n = 0;
  struct dirent *e;
  while (d && (e = readdir(d))) {
    char line[300];
    snprintf(line, sizeof line, "%s:%d", e->d_name, e->d_type);
    names[n++] = strdup(line);
  }
  qsort(names, n, sizeof *names, by_name);
  printf("list %s:", path);
  for (int i = 0; i < n; i++) printf(" %s", names[i]);
  printf("\n");
  if (d) closedir(d);
}

static void show(const char *path) {
  struct stat s;
  if (lstat(path, &s)) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: mode %o size %ld links %ld\n", path, s.st_mode, S_ISDIR(s.st_mode) ? 0 : (long)s.st_size, S_ISDIR(s.st_mode) ? 0 : (long)s.st_nlink);
}

int main(int argc, char **argv) {
  char buf[256];
  umask(022);
  T(chdir(argv[1]));
  T(getcwd(buf, 1) == NULL ? -1 : 0);
  T(open("a", O_RDONLY));
  T(open("a", O_CREAT | O_RDWR | O_EXCL, 0666));
  T(open("a", O_CREAT | O_RDWR | O_EXCL, 0666));
  T(write(3, "0123456789", 10));
  T(lseek(3, 3, SEEK_SET));
  T(read(3, buf, 4));
  printf("%.4s\n", buf);
  T(pread(3, buf, 100, 8));
  T(lseek(3, 0, SEEK_CUR));
  T(pwrite(3, "XY", 2, 20));
  T(lseek(3, 0, SEEK_END));
  T(lseek(3, -5, SEEK_SET));
  T(lseek(3, -30, SEEK_CUR));
  T(lseek(3, 5, 99));
  T(pread(3, buf, 22, 0));
  for (int i = 0; i < 22; i++) printf("%02x", buf[i]);
  printf("\n");
  T(ftruncate(3, 5));
  T(ftruncate(3, -1));
  show("a");
  T(fcntl(3, F_GETFL) & ~0100000);
  T(fcntl(3, F_GETFD));
  T(fcntl(3, F_SETFD, FD_CLOEXEC));
  T(fcntl(3, F_GETFD));
  T(fcntl(3, F_DUPFD, 30));
  T(dup(3));
  T(dup2(3, 20));
  T(dup2(3, 3));
  T(dup3(3, 3, 0));
  T(dup2(99, 5));
  T(close(20));
  T(close(20));
  T(close(-1));
  T(read(99, buf, 1));
  T(write(3, NULL, 0));
  T(write(3, (void *)8, 4));
  T(read(3, (void *)8, 4));
  T(mkdir("d", 0777));
  T(mkdir("d", 0777));
  T(mkdir("x/y", 0777));
  show("d");
  T(open("d", O_RDWR));
  T(open("d/", O_CREAT | O_RDWR, 0666));
  T(open("a/b", O_RDONLY));
  T(open("a", O_DIRECTORY));
  T(symlink("../a", "d/link"));
  T(symlink("loop", "loop"));
  T(open("loop", O_RDONLY));
  T(open("d/link", O_RDONLY | O_NOFOLLOW));
  T(open("d/link", O_RDONLY));
  T(readlink("d/link", buf, sizeof buf));
  T(readlink("a", buf, sizeof buf));
  T(readlink("nothing", buf, sizeof buf));
  show("d/link");
  T(access("a", R_OK | W_OK));
  T(access("d/nothing", F_OK));
  T(link("a", "b"));
  show("a");
  T(rename("b", "d/c"));
  T(rename("nothing", "z"));
  T(rename("d", "a"));
  T(rename("a", "d"));
  T(rename("d", "d/sub"));
  list(".");
  list("d");
  T(unlink("d"));
  T(rmdir("d"));
  T(rmdir("a"));
  T(unlink("d/c"));
  T(unlink("d/link"));
  T(rmdir("d"));
  T(unlink("loop"));
  T(chmod("a", 0400));
  show("a");
  T(chmod("a", 0640));
  T(truncate("a", 100));
  show("a");
  // A file without a name stays usable.
  int fd = open("t", O_CREAT | O_RDWR, 0600);
  unlink("t");
  T(write(fd, "gone", 4));
  T(pread(fd, buf, 10, 0));
  struct stat st;
  T(fstat(fd, &st));
  printf("links %ld size %ld\n", (long)st.st_nlink, (long)st.st_size);
  close(fd);
  // Append, vectors
  fd = open("v", O_CREAT | O_RDWR | O_APPEND, 0600);
  struct iovec v[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
  T(writev(fd, v, 3));
  lseek(fd, 0, SEEK_SET);
  T(write(fd, "!", 1));
  char x[3], y[10];
  struct iovec w[2] = {{x, 3}, {y, 10}};
  T(preadv(fd, w, 2, 0));
  printf("%.3s|%.5s\n", x, y);
  T(writev(fd, v, -1));
  T(readv(fd, w, 2000));
  T(syscall(71, 1, fd, 0, 0));
  int out = open("w", O_CREAT | O_WRONLY, 0600);
  off_t off = 4;
  T(sendfile(out, fd, &off, 100));
  printf("off %ld\n", (long)off);
  show("w");
  // Directories by descriptor
  T(mkdir("p", 0755));
  int dir = open("p", O_RDONLY | O_DIRECTORY);
  T(openat(dir, "q", O_CREAT | O_WRONLY, 0600) >= 0 ? 0 : -1);
  T(mkdirat(dir, "r", 0700));
  T(faccessat(dir, "q", F_OK, 0));
  T(fstatat(dir, "", &st, AT_EMPTY_PATH));
  T(fstatat(dir, "", &st, 0));
  T(fstatat(fd, "q", &st, 0));
  T(unlinkat(dir, "r", 0));
  T(unlinkat(dir, "r", AT_REMOVEDIR));
  list("p");
  T(read(dir, buf, 10));
  T(fchdir(dir));
  T(access("q", F_OK));
  T(chdir(".."));
  struct timespec ts[2] = {{1000, 5}, {2000, 7}};
  T(utimensat(AT_FDCWD, "v", ts, 0));
  T(stat("v", &st));
  printf("%ld.%ld %ld.%ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  struct statx sx;
  T(statx(AT_FDCWD, "v", 0, STATX_ALL, &sx));
  printf("statx %o %lld\n", sx.stx_mode, (long long)sx.stx_size);
  // Pipes, poll, events
  int p[2];
  T(pipe2(p, O_NONBLOCK));
  T(read(p[0], buf, 10));
  struct pollfd pf[2] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}};
  T(poll(pf, 2, 0));
  printf("%x %x\n", pf[0].revents, pf[1].revents);
  T(write(p[1], "pipe", 4));
  T(ioctl(p[0], FIONREAD, buf));
  printf("%d\n", *(int *)buf);
  T(poll(pf, 2, -1));
  printf("%x %x\n", pf[0].revents, pf[1].revents);
  fd_set r;
  FD_ZERO(&r);
  FD_SET(p[0], &r);
  struct timeval tv = {0, 1000};
  T(select(p[0] + 1, &r, NULL, NULL, &tv));
  printf("%d\n", FD_ISSET(p[0], &r) != 0);
  T(read(p[0], buf, 2));
  T(lseek(p[0], 0, SEEK_SET));
  T(write(p[0], "x", 1));
  long total = 0, n;
  static char big[70000];
  while ((n = write(p[1], big, sizeof big)) > 0) total += n;
  // How much fits depends on how full the pages are.
  printf("filled %d %s\n", total > 60000, strerrorname_np(errno));
  long filled = total + 2;
  close(p[1]);
  total = 0;
  while ((n = read(p[0], big, sizeof big)) > 0) total += n;
  printf("drained %ld then %ld\n", total - filled, n);
  T(poll(pf, 1, -1));
  printf("%x\n", pf[0].revents);
  pf[0].fd = 500;
  T(poll(pf, 1, 0));
  printf("%x\n", pf[0].revents);
  int ev = eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE);
  unsigned long value = 2;
  T(write(ev, &value, 8));
  T(read(ev, &value, 8));
  printf("%lu\n", value);
  T(read(ev, &value, 4));
  for (int i = 0; i < 5; i++) T(read(ev, &value, 8));
  T(isatty(1));
  T(ioctl(1, TIOCGWINSZ, buf));
  T(ioctl(99, TIOCGWINSZ, buf));
  // Devices, mapped files
  fd = open("/dev/zero", O_RDWR);
  T(read(fd, buf, 3));
  T(write(fd, buf, 7));
  fd = open("/dev/null", O_RDWR);
  T(read(fd, buf, 3));
  T(write(fd, buf, 7));
  fd = open("m", O_CREAT | O_RDWR, 0600);
  T(write(fd, "abcdefgh", 8));
  char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *priv = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  printf("%.8s %d\n", m, m[100]);
  m[0] = 'Z';
  priv[1] = 'P';
  T(msync(m, 4096, MS_SYNC));
  T(pread(fd, buf, 8, 0));
  printf("%.8s\n", buf);
  m[1] = 'Y';
  T(munmap(m, 4096));
  T(pread(fd, buf, 100, 0));
  printf("%.8s\n", buf);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 5) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
  FILE *f = fopen("/proc/self/maps", "r");
  int stack = 0;
  while (f && fgets(big, sizeof big, f)) stack += strstr(big, "[stack]") != NULL;
  printf("stack lines %d\n", stack);
  // stdio on top of it all
  f = fopen("s", "w+");
  fprintf(f, "%d %s\n", 42, "words");
  rewind(f);
  int number;
  T(fscanf(f, "%d %s", &number, buf));
  printf("%d %s\n", number, buf);
  fclose(f);
  f = tmpfile();
  T(f ? 0 : -1);
  list(".");
  return 7;
}
