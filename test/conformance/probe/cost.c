// A QEMU plugin that does nothing worth doing, in the ways whose cost the bench compares. Argument: mode=
//   empty      hears of translations only
//   inline     adds each block's length at its entry, inside translated code
//   block      a callback a block
//   insn       a callback an instruction
//   mem-inline adds 1 an access, inside translated code
//   mem        a callback an access

#include "qemu-plugin.h"

#include <stdio.h>
#include <string.h>

EXPORT int qemu_plugin_version = 1;

static const char *mode;
static uint64_t count;

static void happened(unsigned int cpu, void *data) {
  (void)cpu;
  (void)data;
  count++;
}

static void accessed(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
  (void)cpu;
  (void)info;
  (void)address;
  (void)data;
  count++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  size_t insns = qemu_plugin_tb_n_insns(tb);
  if (!strcmp(mode, "inline")) qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &count, insns);
  if (!strcmp(mode, "block")) qemu_plugin_register_vcpu_tb_exec_cb(tb, happened, QEMU_PLUGIN_CB_NO_REGS, NULL);
  for (size_t i = 0; i < insns; i++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    if (!strcmp(mode, "insn")) qemu_plugin_register_vcpu_insn_exec_cb(insn, happened, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (!strcmp(mode, "mem-inline"))
      qemu_plugin_register_vcpu_mem_inline(insn, QEMU_PLUGIN_MEM_RW, QEMU_PLUGIN_INLINE_ADD_U64, &count, 1);
    if (!strcmp(mode, "mem"))
      qemu_plugin_register_vcpu_mem_cb(insn, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
  }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info;
  if (argc != 1 || strncmp(argv[0], "mode=", 5) != 0) {
    fputs("cost: mode=MODE is needed\n", stderr);
    return -1;
  }
  mode = strdup(argv[0] + 5);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  return 0;
}
