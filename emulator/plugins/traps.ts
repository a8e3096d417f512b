// Counts what interrupts the flow of instructions: interrupts, exceptions, calls of the host; for each vCPU.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';

/** A number in a column, with a blank before it at least. */
const column = (value: bigint | number, width: number): string => ` ${value}`.padStart(width);

const plugin: PluginModule = {
  name: 'traps',
  apiVersion: API_VERSION,
  summary: 'counts interrupts, exceptions and host calls',
  args: {},
  install(api) {
    const board = api.scoreboard(24);
    const counts = { interrupt: board.u64(0), exception: board.u64(8), hostcall: board.u64(16) };
    api.onDiscontinuity((cpu, { kind }) => counts[kind].add(cpu, 1));
    api.onAtexit(() => {
      const cpus = Array.from({ length: api.numVcpus() }, (_, cpu) => ({
        interrupts: counts.interrupt.get(cpu),
        exceptions: counts.exception.get(cpu),
        hostcalls: counts.hostcall.get(cpu),
      }));
      api.result({ cpus }, () => {
        let text = 'VCPU, interrupts, exceptions, hostcalls\n';
        cpus.forEach(({ interrupts, exceptions, hostcalls }, cpu) => {
          text += `${column(cpu, 4)}, ${column(interrupts, 10)}, ${column(exceptions, 10)}, ${column(hostcalls, 10)}\n`;
        });
        return text;
      });
    });
  },
};
export default plugin;
