// A QEMU plugin that writes the raw events of a single-threaded guest to a file, in the order in which it hears of them:
// a record of 24 bytes each, little-endian {u8 kind; u8 info; u16 size; u32 word; u64 a; u64 b}.
//   1 block entered:    a = pc, size = instructions
//   2 instruction:      a = pc, size = bytes, word = its bits (16-bit forms zero-extended)
//   3 memory access:    a = address, size = bytes, info = 1 store | 2 sign-extended | 4 big-endian
//   4 system call:      word = number, a and b = the first two arguments
//   5 its return:       word = number, a = result
//
// Arguments: out=FILE.

#define _GNU_SOURCE
#include "qemu-plugin.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

EXPORT int qemu_plugin_version = 1;

struct record {
  uint8_t kind, info;
  uint16_t size;
  uint32_t word;
  uint64_t a, b;
};

static FILE *out;

static void put(const struct record *record) {
  if (fwrite(record, sizeof *record, 1, out) != 1) abort();
}

static void happened(unsigned int cpu, void *data) {
  (void)cpu;
  put(data);
}

static void accessed(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
  (void)cpu;
  (void)data;
  uint8_t bits = (uint8_t)(qemu_plugin_mem_is_store(info) | qemu_plugin_mem_is_sign_extended(info) << 1 |
                           qemu_plugin_mem_is_big_endian(info) << 2);
  put(&(struct record){.kind = 3, .info = bits, .size = (uint16_t)(1u << qemu_plugin_mem_size_shift(info)), .a = address});
}

static void called(qemu_plugin_id_t id, unsigned int cpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                   uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
  (void)id, (void)cpu, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
  put(&(struct record){.kind = 4, .word = (uint32_t)number, .a = a1, .b = a2});
}

static void returned(qemu_plugin_id_t id, unsigned int cpu, int64_t number, int64_t result) {
  (void)id;
  (void)cpu;
  put(&(struct record){.kind = 5, .word = (uint32_t)number, .a = (uint64_t)result});
}

static struct record *keep(struct record record) {
  struct record *kept = malloc(sizeof *kept);
  if (!kept) abort();
  *kept = record;
  return kept;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  size_t count = qemu_plugin_tb_n_insns(tb);
  qemu_plugin_register_vcpu_tb_exec_cb(
      tb, happened, QEMU_PLUGIN_CB_NO_REGS,
      keep((struct record){.kind = 1, .size = (uint16_t)count, .a = qemu_plugin_tb_vaddr(tb)}));
  for (size_t i = 0; i < count; i++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    struct record record = {.kind = 2, .size = (uint16_t)qemu_plugin_insn_size(insn), .a = qemu_plugin_insn_vaddr(insn)};
    memcpy(&record.word, qemu_plugin_insn_data(insn), record.size < 4 ? record.size : 4);
    qemu_plugin_register_vcpu_insn_exec_cb(insn, happened, QEMU_PLUGIN_CB_NO_REGS, keep(record));
    qemu_plugin_register_vcpu_mem_cb(insn, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
  }
}

static void ended(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  fclose(out);
}

/** The guest's descriptors are the host's: ours must not take the numbers it expects. */
static FILE *open_aside(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int aside = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 500);
  if (fd >= 0) close(fd);
  return aside < 0 ? NULL : fdopen(aside, "w");
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info;
  if (argc != 1 || strncmp(argv[0], "out=", 4) != 0 || !(out = open_aside(argv[0] + 4))) {
    fputs("events: out=FILE is needed\n", stderr);
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  qemu_plugin_register_vcpu_syscall_ret_cb(id, returned);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
