// Files in the directory given as argv[1] (default "."): create, write, seek, read, stat, truncate, rename, list,
// remove, errors, vectors, pipes, the C library's streams. Prints only what does not depend on the directory.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *base;
static char path_a[512], path_b[512], dir[512];

static void name(char *into, const char *leaf) { snprintf(into, 512, "%s/%s", base, leaf); }

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(void) {
  char *names[16];
  int count = 0;
  DIR *d = opendir(dir);
  if (!d) {
    printf("opendir: %s\n", strerror(errno));
    return;
  }
  for (struct dirent *entry; (entry = readdir(d)) && count < 16;) {
    if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
  }
  closedir(d);
  qsort(names, count, sizeof *names, by_name);
  printf("%d entries:", count);
  for (int i = 0; i < count; i++) {
    printf(" %s", names[i]);
    free(names[i]);
  }
  printf("\n");
}

int main(int argc, char **argv) {
  base = argc > 1 ? argv[1] : ".";
  name(dir, "files-test");
  snprintf(path_a, sizeof path_a, "%.480s/alpha", dir);
  snprintf(path_b, sizeof path_b, "%.480s/beta", dir);

  printf("mkdir %d\n", mkdir(dir, 0755));
  printf("again %s\n", mkdir(dir, 0755) < 0 ? strerror(errno) : "made");

  int fd = open(path_a, O_RDWR | O_CREAT | O_EXCL, 0644);
  printf("created %d\n", fd >= 0);
  printf("wrote %zd\n", write(fd, "hello, lockstep\n", 16));
  struct iovec vector[2] = {{"one ", 4}, {"two\n", 4}};
  printf("writev %zd\n", writev(fd, vector, 2));
  printf("seek %lld\n", (long long)lseek(fd, 7, SEEK_SET));
  char buffer[64] = {0};
  ssize_t got = read(fd, buffer, sizeof buffer - 1);
  printf("read %zd: %s", got, buffer);
  printf("pread %zd %.5s\n", pread(fd, buffer, 5, 0), buffer);
  printf("pwrite %zd\n", pwrite(fd, "HELLO", 5, 0));
  struct stat st;
  fstat(fd, &st);
  printf("size %lld regular %d mode %o links %d\n", (long long)st.st_size, S_ISREG(st.st_mode), st.st_mode & 0777, (int)st.st_nlink);
  printf("truncate %d\n", ftruncate(fd, 12));
  fstat(fd, &st);
  printf("size %lld\n", (long long)st.st_size);
  int copy = dup(fd);
  lseek(copy, 0, SEEK_END);
  printf("shared offset %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
  close(copy);
  printf("flags append %d\n", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
  printf("close %d, again %s\n", close(fd), close(fd) < 0 ? strerror(errno) : "closed");

  printf("exclusive %s\n", open(path_a, O_WRONLY | O_CREAT | O_EXCL, 0644) < 0 ? strerror(errno) : "made");
  printf("rename %d\n", rename(path_a, path_b));
  printf("gone %s\n", stat(path_a, &st) < 0 ? strerror(errno) : "there");
  printf("access %d\n", access(path_b, R_OK | W_OK));

  FILE *stream = fopen(path_a, "w+");
  for (int i = 0; i < 200; i++) fprintf(stream, "line %d %c\n", i, 'a' + i % 26);
  rewind(stream);
  int lines = 0, number = 0, sum = 0;
  char letter;
  while (fscanf(stream, "line %d %c\n", &number, &letter) == 2) {
    lines++;
    sum += number * (letter - 'a');
  }
  printf("lines %d sum %d\n", lines, sum);
  fseek(stream, -9, SEEK_END);
  if (fgets(buffer, sizeof buffer, stream)) printf("tail %s", buffer);
  fclose(stream);
  list();

  int ends[2];
  printf("pipe %d\n", pipe(ends));
  printf("into pipe %zd\n", write(ends[1], "through", 7));
  close(ends[1]);
  got = read(ends[0], buffer, sizeof buffer);
  printf("out of pipe %zd %.7s then %zd\n", got, buffer, read(ends[0], buffer, 8));
  close(ends[0]);

  printf("is a directory %s\n", open(dir, O_WRONLY) < 0 ? strerror(errno) : "opened");
  printf("not empty %d\n", rmdir(dir) < 0);
  printf("unlink %d %d\n", unlink(path_a), unlink(path_b));
  list();
  printf("rmdir %d\n", rmdir(dir));
  printf("missing %s\n", unlink(path_a) < 0 ? strerror(errno) : "removed");
  if (chdir(base) == 0) printf("cwd %d\n", getcwd(buffer, 2) == NULL && errno == ERANGE);
  fprintf(stderr, "a line on stderr\n");
  return 3;
}
