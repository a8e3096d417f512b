// A trace of calls in Chrome's format, which Perfetto and chrome://tracing show: a track a vCPU, an instruction a
// nanosecond. Compressed when the file's name ends in .gz.

import { hex } from '../bits.ts';
import { API_VERSION, type PluginModule } from '../plugin/api.ts';
import { CallTracker } from './call-tracker.ts';
import { gzip, OutputFile } from './host-output.ts';

const plugin: PluginModule = {
  name: 'perfetto',
  apiVersion: API_VERSION,
  summary: 'writes a trace of calls for Perfetto',
  args: {
    out: { kind: 'string', summary: 'the file to write, compressed if it ends in .gz', default: 'trace.json.gz' },
  },
  install(api, args) {
    const path = String(args.out);
    const file = new OutputFile('perfetto', path);
    const names = new Map<number, string>();
    const nameOf = (pc: number): string => {
      let name = names.get(pc);
      if (name === undefined) {
        name = JSON.stringify(api.symbolAt(pc) ?? hex(pc));
        names.set(pc, name);
      }
      return name;
    };
    const events: string[] = [];
    const cpus = new Set<number>();
    /** Microseconds, the format's unit. */
    const put = (phase: 'B' | 'E', cpu: number, pc: number, time: number): void => {
      cpus.add(cpu);
      events.push(`{"ph":"${phase}","pid":1,"tid":${cpu},"ts":${(time / 1000).toFixed(3)},"name":${nameOf(pc)}}`);
    };
    const tracker = new CallTracker(api, {
      enter: (cpu, pc, time) => put('B', cpu, pc, time),
      leave: (cpu, pc, time) => put('E', cpu, pc, time),
    });
    api.onAtexit(() => {
      tracker.finish();
      const program = JSON.stringify(api.pathToBinary() ?? 'board');
      const heads = [
        `{"ph":"M","pid":1,"name":"process_name","args":{"name":${program}}}`,
        ...[...cpus].map((cpu) => `{"ph":"M","pid":1,"tid":${cpu},"name":"thread_name","args":{"name":"vCPU ${cpu}"}}`),
      ];
      const text = `{"displayTimeUnit":"ns","traceEvents":[\n${[...heads, ...events].join(',\n')}\n]}\n`;
      if (path.endsWith('.gz')) file.bytes(gzip(text));
      else file.text(text);
      file.close();
    });
  },
};
export default plugin;
