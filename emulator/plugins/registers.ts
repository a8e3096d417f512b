// Reads every register of a vCPU as it starts, writes back what it read, and sees that read-only ones refuse.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';

const plugin: PluginModule = {
  name: 'registers',
  apiVersion: API_VERSION,
  summary: 'checks that registers can be read and written, and read-only ones cannot',
  args: { print: { kind: 'bool', summary: 'print the value of each', default: false } },
  install(api, args) {
    const vcpus: { cpu: number; registers: number; readonly: number }[] = [];

    function check(cpu: number): void {
      const registers = api.registers();
      let refused = 0;
      for (const { name, feature, readonly } of registers) {
        const value = api.readRegister(cpu, name);
        if (args.print) api.outs(`${feature} ${name} 0x${value.toString(16)}\n`);
        try {
          api.writeRegister(cpu, name, value);
        } catch (error) {
          if (!readonly) throw error;
          refused++;
          continue;
        }
        if (readonly) throw new Error(`the read-only register ${name} was written`);
        const again = api.readRegister(cpu, name);
        if (again !== value)
          throw new Error(`${name} holds 0x${again.toString(16)} instead of 0x${value.toString(16)}`);
      }
      vcpus.push({ cpu, registers: registers.length, readonly: refused });
    }

    api.onVcpuInit(check);
    api.onAtexit(() =>
      api.result(vcpus, (rows) =>
        rows.map((row) => `cpu ${row.cpu}: ${row.registers} registers, ${row.readonly} read-only: ok\n`).join(''),
      ),
    );
  },
};
export default plugin;
