// The classic lockstep protocol as a QEMU plugin: at every block entry both sides write, then read, 16 bytes
// {u64 pc; u64 insn_count} over a Unix stream socket; the count leaves the block about to run out. It serves as the
// peer in conformance tests and as the yardstick of the bench. Written from the protocol's description.
//
// Arguments: sockpath=PATH (the first side to come makes the socket, the other connects), verbose=on|off.

#include "qemu-plugin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

EXPORT int qemu_plugin_version = 1;

struct block {
  uint64_t pc;
  uint64_t insns;
  uint64_t executed; // how often this block was entered
  struct block *next;
};

struct state {
  uint64_t pc;
  uint64_t insn_count;
};

struct mismatch {
  uint64_t position; // blocks logged when it was seen
  uint64_t since;    // blocks since the mismatch before, 0 for the first
};

struct entry {
  const struct block *block;
  uint64_t insn_count; // after the block
};

#define HISTORY 8 // a power of two; five are printed

static struct block *blocks;
static struct entry history[HISTORY];
static uint64_t logged, insn_count, mismatches;
static struct mismatch last;
static bool verbose, giving_up;
static int connection = -1;
static char *socket_path;
static qemu_plugin_id_t self;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...) {
  char line[512];
  __builtin_va_list arguments;
  __builtin_va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  __builtin_va_end(arguments);
  fputs(line, stderr);
}

static void fail(const char *what) {
  say("lockstep-classic: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void close_down(void) {
  if (connection >= 0) close(connection);
  connection = -1;
  free(socket_path);
  socket_path = NULL;
}

static void report_end(void) {
  uint64_t executed = 0;
  for (const struct block *b = blocks; b; b = b->next) executed += b->executed;
  if (!giving_up) say("No divergence :-)\n");
  say("Executed %" PRIu64 "/%" PRIu64 " blocks\n", executed, logged);
  say("Executed ~%" PRIu64 " instructions\n", insn_count);
}

static void ended(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  if (!giving_up) report_end();
  close_down();
}

static void uninstalled(qemu_plugin_id_t id) {
  (void)id;
  close_down();
}

static void give_up(const struct state *us, const struct state *them) {
  giving_up = true;
  say("Δ insn_count @ 0x%016" PRIx64 " (%" PRIu64 ") vs 0x%016" PRIx64 " (%" PRIu64 ")\n", us->pc, us->insn_count, them->pc,
      them->insn_count);
  for (uint64_t i = 0; i < 5 && i < logged; i++) {
    const struct entry *e = &history[(logged - 1 - i) % HISTORY];
    say("  previously @ 0x%016" PRIx64 "/%" PRIu64 " (%" PRIu64 " insns)\n", e->block->pc, e->block->insns, e->insn_count);
  }
  say("too much divergence... giving up.\n");
  qemu_plugin_uninstall(self, uninstalled);
}

static void mismatch(const struct state *us, const struct state *them) {
  uint64_t since = mismatches ? logged - last.position : 0;
  bool diverged = mismatches > 0 && since == 1 && last.since == 1;
  mismatches++;
  last.position = logged;
  last.since = since;
  if (verbose || since == 1 || diverged) {
    say("@ 0x%016" PRIx64 " (%" PRIu64 ") vs 0x%016" PRIx64 " (%" PRIu64 ") (%" PRIu64 "/%" PRIu64 " since last)\n", us->pc,
        us->insn_count, them->pc, them->insn_count, mismatches, since);
  }
  if (diverged) give_up(us, them);
}

static void transfer(bool sending, void *data, size_t size) {
  char *at = data;
  while (size) {
    ssize_t n = sending ? write(connection, at, size) : read(connection, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ECONNRESET;
    if (n <= 0) fail(sending ? "write to peer" : "read from peer");
    at += n;
    size -= (size_t)n;
  }
}

static void entered(unsigned int cpu, void *data) {
  struct block *block = data;
  (void)cpu;
  if (giving_up || connection < 0) return;

  struct state us = {block->pc, insn_count}, them;
  transfer(true, &us, sizeof us);
  transfer(false, &them, sizeof them);
  if (us.pc != them.pc) mismatch(&us, &them);

  block->executed++;
  insn_count += block->insns;
  history[logged++ % HISTORY] = (struct entry){block, insn_count};
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  struct block *block = calloc(1, sizeof *block);
  if (!block) fail("memory");
  block->pc = qemu_plugin_tb_vaddr(tb);
  block->insns = qemu_plugin_tb_n_insns(tb);
  block->next = blocks;
  blocks = block;
  qemu_plugin_register_vcpu_tb_exec_cb(tb, entered, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void join_peer(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(socket_path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    fail(socket_path);
  }
  strcpy(address.sun_path, socket_path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  struct stat st;
  if (stat(socket_path, &st) == 0) {
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail(socket_path);
    say("connect_socket::ready\n");
    connection = fd;
    return;
  }
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0) fail(socket_path);
  connection = accept(fd, NULL, NULL);
  if (connection < 0) fail("accept");
  close(fd);
  unlink(socket_path);
  say("setup_socket::ready\n");
}

static bool truth(const char *text) {
  return !strcmp(text, "on") || !strcmp(text, "yes") || !strcmp(text, "true");
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info;
  self = id;
  for (int i = 0; i < argc; i++) {
    if (!strncmp(argv[i], "sockpath=", 9)) {
      free(socket_path);
      socket_path = strdup(argv[i] + 9);
    } else if (!strncmp(argv[i], "verbose=", 8)) {
      verbose = truth(argv[i] + 8);
    } else {
      say("lockstep-classic: unknown argument: %s\n", argv[i]);
      return -1;
    }
  }
  if (!socket_path) {
    say("lockstep-classic: sockpath=PATH is needed\n");
    return -1;
  }
  join_peer();
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
