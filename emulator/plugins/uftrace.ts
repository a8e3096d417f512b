// A trace of calls as a uftrace.data directory: `uftrace replay`, `report` and `dump --chrome` read it. Each vCPU, or
// each privilege level of it, is a task; an instruction is a nanosecond. QEMU's needs frame pointers; this does not.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';
import { CallTracker } from './call-tracker.ts';
import { makeDirectory, OutputFile } from './host-output.ts';
import {
  ENTRY,
  EXIT,
  infoFile,
  mapFile,
  SESSION_FILE,
  symbolFile,
  type Task,
  TaskRecords,
  taskFile,
} from './uftrace-format.ts';

/** uftrace wants task numbers that could be a process's. */
const FIRST_TASK = 1000;
const LEVELS = 4;
const LEVEL_NAMES = ['U', 'S', 'H', 'M'];

const plugin: PluginModule = {
  name: 'uftrace',
  apiVersion: API_VERSION,
  summary: 'writes a trace of calls for uftrace',
  args: {
    'trace-privilege-level': { kind: 'bool', summary: 'boards: a task each privilege level', default: false },
    out: { kind: 'string', summary: 'the directory to write', default: 'uftrace.data' },
  },
  install(api, args) {
    const directory = String(args.out);
    makeDirectory('uftrace', directory);
    const levels = args['trace-privilege-level'] === true && api.info.system;
    const records = new Map<number, TaskRecords>();
    const symbols = new Map<number, string>();
    /** The task each open frame began in: it ends there, whatever the level is then. */
    const open = new Map<number, number[]>();

    const recordsOf = (task: number): TaskRecords => {
      let of = records.get(task);
      if (!of) {
        of = new TaskRecords();
        records.set(task, of);
      }
      return of;
    };
    const tracker = new CallTracker(
      api,
      {
        enter(cpu, pc, time, depth) {
          const level = levels ? Number(api.readRegister(cpu, 'priv')) : 0;
          const task = FIRST_TASK + cpu * LEVELS + level;
          const name = api.symbolAt(pc);
          if (name !== undefined) symbols.set(pc, name);
          open.set(cpu, [...(open.get(cpu) ?? []).slice(0, depth), task]);
          recordsOf(task).put(ENTRY, time, depth, pc);
        },
        leave(cpu, pc, time, depth) {
          const task = open.get(cpu)![depth]!;
          recordsOf(task).put(EXIT, time, depth, pc);
        },
      },
      levels ? 'r-regs' : 'no-regs',
    );
    api.onAtexit(() => {
      tracker.finish();
      const program = api.pathToBinary() ?? 'board';
      const tasks: Task[] = [...records.keys()]
        .sort((a, b) => a - b)
        .map((id) => {
          const at = id - FIRST_TASK;
          const level = levels ? ` ${LEVEL_NAMES[at % LEVELS]}` : '';
          return { id, name: `vCPU ${Math.floor(at / LEVELS)}${level}` };
        });
      const write = (name: string, content: string | Uint8Array): void => {
        const file = new OutputFile('uftrace', `${directory}/${name}`);
        if (typeof content === 'string') file.text(content);
        else file.bytes(content);
        file.close();
      };
      const sorted = [...symbols].sort(([a], [b]) => a - b);
      const start = api.startCode() || (sorted[0]?.[0] ?? 0);
      const end = api.endCode() || (sorted.at(-1)?.[0] ?? 0) + 1;
      write('info', infoFile(program, tasks));
      write('task.txt', taskFile(program, tasks));
      write(SESSION_FILE, mapFile(program, start, end));
      const symbolName = program.slice(program.lastIndexOf('/') + 1);
      const relative = sorted.map(([at, name]) => [at - start, name] as const);
      write(`${symbolName}.sym`, symbolFile(program, relative, end - start));
      for (const [id, { bytes }] of records) write(`${id}.dat`, bytes);
    });
  },
};
export default plugin;
