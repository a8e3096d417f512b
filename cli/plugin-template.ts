// The plugin that `lockstep plugin new` writes: a small one that works, with its test, as a place to start from.

/** The plugin's source. `name` is in kebab-case. */
export function pluginSource(name: string): string {
  return `// ${name}: counts the instructions it is told to look for, and what they load and store.
//
//   lockstep emu --plugin ./${name}.ts,match=ld -d plugin PROGRAM
//
// The API with all its shapes: docs/plugins.md of lockstep.

import { API_VERSION, type PluginModule } from 'lockstep/plugin';

const plugin: PluginModule = {
  name: '${name}',
  // The version of the API this was written for; another host refuses it with a clear message.
  apiVersion: API_VERSION,
  summary: 'counts executed instructions by their disassembly',
  // What \`lockstep plugin help\` shows, and what arguments are checked against.
  args: {
    match: { kind: 'string', summary: 'start of the disassembly', default: 'ld' },
    limit: { kind: 'int', summary: 'places to list, 0 for all', default: 10 },
  },

  install(api, args) {
    const match = String(args.match);
    const limit = Number(args.limit);

    // One cell holds a count for each vCPU; translated code adds to it without calling us.
    const executed = api.scoreboard(8).u64();
    const bytes = api.scoreboard(8).u64();
    const places = new Map<number, { text: string; hits: ReturnType<typeof cell> }>();
    const cell = () => api.scoreboard(8).u64();

    // Called once for each block as it is translated. \`tb\` and its instructions are valid until we return.
    api.onTbTrans((tb) => {
      for (const insn of tb.insns({ disas: match })) {
        let place = places.get(insn.pc);
        if (!place) {
          place = { text: insn.disas(), hits: cell() };
          places.set(insn.pc, place);
        }
        insn.inlineAdd(executed, 1);
        insn.inlineAdd(place.hits, 1);
        // A callback costs a call each time, but sees everything: here the size of each access.
        insn.onMem('rw', (cpu, access) => bytes.add(cpu, access.sizeBytes));
      }
    });

    // The guest has ended. The data goes to --plugin-json, the text made from it to the log (-d plugin).
    api.onAtexit(() => {
      const rows = [...places]
        .map(([pc, { text, hits }]) => ({ pc, text, hits: hits.sum() }))
        .sort((a, b) => Number(b.hits - a.hits));
      api.result(
        {
          match,
          executed: executed.sum(),
          bytes: bytes.sum(),
          places: limit === 0 ? rows : rows.slice(0, limit),
        },
        (data) =>
          [
            \`\${data.match}: \${data.executed} executed, \${data.bytes} bytes accessed\`,
            ...data.places.map((row) => \`  0x\${row.pc.toString(16)} \${row.text}: \${row.hits}\`),
            '',
          ].join('\\n'),
      );
    });
  },
};
export default plugin;
`;
}

/** Its test, for \`node --test\`. \`testing\` is what the harness is imported from. */
export function testSource(name: string, testing: string): string {
  return `// Runs ${name} on a few instructions: node --test ${name}.test.mjs

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadPluginFile, runPlugin } from '${testing}';

const plugin = await loadPluginFile(fileURLToPath(new URL('./${name}.ts', import.meta.url)));

// Instructions as numbers: ld t0,0(sp) twice, then lw t1,8(sp).
const PROGRAM = [0x00013283, 0x00013283, 0x00812303];

// On every translator, whatever the blocks: the answer must be the same.
for (const translator of ['tci', 'old-tcg', 'new-tcg,max-insns=1', 'new-tcg']) {
  test(\`counts loads on \${translator}\`, async () => {
    const run = await runPlugin(plugin, PROGRAM, { args: ['match=ld'], translator });
    assert.deepEqual(run.warnings, []);
    assert.equal(run.results.length, 1);
    const [result] = run.results;
    assert.equal(result.executed, 2n);
    assert.equal(result.bytes, 16n);
    assert.match(run.output, /^ld: 2 executed, 16 bytes accessed\\n/);
  });
}
`;
}
