// A QEMU plugin that counts instructions of single-threaded guests and prints `insns: N` to stderr at exit. It adds
// each block's length at its entry, so an instruction that faults is counted together with the rest of its block.

#include "qemu-plugin.h"

#include <inttypes.h>
#include <stdio.h>

EXPORT int qemu_plugin_version = 1;

static uint64_t insns;

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &insns, qemu_plugin_tb_n_insns(tb));
}

static void ended(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  fprintf(stderr, "insns: %" PRIu64 "\n", insns);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info;
  (void)argc;
  (void)argv;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
