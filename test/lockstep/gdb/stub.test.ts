// A stub over a real machine, spoken to in packets: every answer, motion in both directions, threads, refusals, hostile input.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Machine, parseTranslatorSpec } from '../../../emulator/index.ts';
import { smallElfEntry } from '../../../emulator/plugin/small-elf.ts';
import { type Arrived, hexOfValue, PacketReader } from '../../../lockstep/gdb/packets.ts';
import type { GdbSide } from '../../../lockstep/gdb/side.ts';
import { type Parting, Stub } from '../../../lockstep/gdb/stub.ts';
import { createTraveller } from '../../../lockstep/travel/index.ts';
import { Random, testSeed } from '../../guest/random.ts';
import { type Guest, threadsGuest } from '../travel/guest.ts';

const test = suite('gdb stub');
const guest = threadsGuest('gdb');
const SUM = guest.addressOf('sum');

class Talk {
  readonly stub: Stub;
  readonly side: GdbSide;
  parted: Parting | undefined;
  said = '';
  private readonly reader = new PacketReader();
  private readonly heard: Arrived[] = [];
  private wake: (() => void) | undefined;

  constructor(side: GdbSide) {
    this.side = side;
    this.stub = new Stub(side, {
      send: (text) => {
        for (const arrived of this.reader.feed(Buffer.from(text, 'latin1'))) {
          if (arrived.kind === 'packet' && /^O[0-9a-f]+$/.test(arrived.data))
            this.said += Buffer.from(arrived.data.slice(1), 'hex').toString();
          else this.heard.push(arrived);
        }
        this.wake?.();
      },
      part: (how) => {
        this.parted = how;
        this.wake?.();
      },
    });
  }

  /** The answer to a packet; acknowledgements are checked on the way. */
  async ask(data: string): Promise<string> {
    this.stub.receive({ kind: 'packet', data });
    for (;;) {
      const arrived = this.heard.shift();
      if (arrived?.kind === 'packet') return arrived.data;
      if (!arrived) {
        if (this.parted) return `parted: ${this.parted}`;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }
  async monitor(command: string): Promise<string> {
    this.said = '';
    assert.is(await this.ask(`qRcmd,${Buffer.from(command).toString('hex')}`), 'OK');
    return this.said;
  }
  /** A thread's register by GDB's number. */
  async register(number: number): Promise<bigint> {
    const hex = await this.ask(`p${number.toString(16)}`);
    return Buffer.from(hex, 'hex').readBigUInt64LE();
  }
  get icount(): number {
    return this.side.traveller.icount;
  }
}

async function talk(more: Partial<GdbSide> = {}, translator = 'new-tcg', of: Guest = guest): Promise<Talk> {
  const traveller = await createTraveller({
    ...{ program: of.program, programPath: '/guest', cwd: '/', argv: ['guest'], env: [], machine: 'user' },
    ...{ stdin: of.input, stdout: () => {}, stderr: () => {}, warn: () => {}, memoryBytes: 64 << 20, maxInsns: null },
    translator: await parseTranslatorSpec(translator, {}),
  });
  return new Talk({ name: 'side A', translator, traveller, system: false, allowWrite: false, notes: [], ...more });
}

const PC = 32;
const hex = (value: number): string => value.toString(16);
const at = (label: string): string => hex(guest.addressOf(label));

test('the greeting', async () => {
  const t = await talk();
  const supported = await t.ask('qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386');
  for (const feature of ['ReverseStep+', 'ReverseContinue+', 'QStartNoAckMode+', 'qXfer:features:read+'])
    assert.ok(supported.split(';').includes(feature), feature);
  assert.is(await t.ask('QStartNoAckMode'), 'OK');
  assert.is(await t.ask('vCont?'), 'vCont;c;C;s;S');
  assert.is(await t.ask('?'), 'T05thread:1;');
  assert.is(await t.ask('qC'), 'QC1');
  assert.is(await t.ask('qfThreadInfo'), 'm1');
  assert.is(await t.ask('qsThreadInfo'), 'l');
  assert.is(await t.ask('qAttached'), '1');
  for (const unknown of ['vMustReplyEmpty', 'qTStatus', 'x', 'R00', 'QNonStop:1', 'bx', ''])
    assert.is(await t.ask(unknown), '');
});

test('the description of the target, in pieces, and registers by its numbers', async () => {
  const t = await talk();
  let xml = '';
  for (let done = false; !done; ) {
    const part = await t.ask(`qXfer:features:read:target.xml:${hex(xml.length)},3e8`);
    done = part[0] === 'l';
    xml += part.slice(1);
  }
  const names = [...xml.matchAll(/<reg name="([^"]+)" bitsize="(\d+)"/g)];
  assert.equal(
    names.slice(0, 33).map(([, name]) => name),
    'zero ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6 pc'.split(' '),
  );
  for (const feature of ['cpu', 'fpu']) assert.match(xml, `org.gnu.gdb.riscv.${feature}`);
  assert.not.match(xml, 'org.gnu.gdb.riscv.csr', 'a process has none');
  const all = await t.ask('g');
  assert.is(
    all.length,
    names.reduce((sum, [, , bits]) => sum + Number(bits) / 4, 0),
  );
  assert.is(all.slice(16 * PC, 16 * PC + 16), await t.ask(`p${hex(PC)}`));
  assert.is(await t.ask('p400'), 'E01');
  assert.is(await t.ask('pzz'), 'E01');
  assert.is(await t.ask('qXfer:features:read:other.xml:0,100'), 'E00');
  const board = await talk({ system: true });
  assert.match(await board.ask('qXfer:features:read:target.xml:0,2000'), 'org.gnu.gdb.riscv.csr');
});

test('memory: whole, in part, not at all', async () => {
  const t = await talk();
  const { memory } = t.side.traveller.machine;
  assert.is(await t.ask(`m${at('loop')},8`), Buffer.from(memory.peek(guest.addressOf('loop'), 8)!).toString('hex'));
  const end = memory.ranges().find(({ start, end }) => start <= SUM && end > SUM)!.end;
  assert.is(await t.ask(`m${hex(end - 2)},8`), '0000', 'as far as there is memory');
  assert.is(await t.ask('m0,4'), 'E0e');
  assert.is(await t.ask('mffffffffffffff00,4'), 'E01');
  assert.is(await t.ask('m10000'), 'E01');
  assert.is((await t.ask(`m${hex(end - 0x1000)},fffffff`)).length % 2, 0);
});

test('steps and back; the ends of the history', async () => {
  const t = await talk();
  const pcs: bigint[] = [await t.register(PC)];
  for (let n = 0; n < 5; n++) {
    assert.is(await t.ask('vCont;s:1;c'), 'T05thread:1;');
    pcs.push(await t.register(PC));
  }
  assert.is(t.icount, 5);
  for (let n = 4; n >= 0; n--) {
    assert.is(await t.ask('bs'), 'T05thread:1;');
    assert.is(await t.register(PC), pcs[n]);
  }
  assert.is(await t.ask('bs'), 'T05thread:1;replaylog:begin;');
  assert.is(await t.ask('bc'), 'T05thread:1;replaylog:begin;');
  const end = await t.ask('vCont;c');
  assert.match(end, /^T05thread:\d;replaylog:end;$/);
  assert.match(t.said, /the guest ends here: status/);
  const last = t.icount;
  assert.match(await t.ask('s'), /replaylog:end;$/);
  assert.is(t.icount, last);
  assert.match(await t.ask('bs'), /^T05thread:1;$/);
});

test('breakpoints, forward and backward, leave memory as it is', async () => {
  const t = await talk();
  await t.ask('qSupported:swbreak+;hwbreak+');
  const { memory } = t.side.traveller.machine;
  const codeNow = () => memory.peek(smallElfEntry, guest.addressOf('sum') - smallElfEntry);
  const code = codeNow();
  assert.is(await t.ask(`Z0,${at('got')},4`), 'OK');
  assert.is(await t.ask(`Z1,${at('done')},4`), 'OK');
  const stops: number[] = [];
  for (let n = 0; n < 4; n++) {
    assert.is(await t.ask('vCont;c'), 'T05thread:1;swbreak:;');
    assert.is(await t.register(PC), BigInt(guest.addressOf('got')));
    stops.push(t.icount);
  }
  assert.is(await t.ask('vCont;c'), 'T05thread:1;hwbreak:;');
  assert.equal(codeNow(), code);
  assert.is(await t.ask(`z1,${at('done')},4`), 'OK');
  for (const stop of stops.reverse()) {
    assert.is(await t.ask('bc'), 'T05thread:1;swbreak:;');
    assert.is(t.icount, stop);
  }
  assert.is(await t.ask(`z0,${at('got')},4`), 'OK');
  assert.is(await t.ask('bc'), 'T05thread:1;replaylog:begin;');
  assert.is(await t.ask('Z9,0,4'), '');
  assert.is(await t.ask('Z0,zz,4'), 'E01');
});

/** As GDB goes on from a watchpoint: over the access without any. */
async function over(t: Talk, step: string, watch: string): Promise<void> {
  assert.is(await t.ask(`z${watch}`), 'OK');
  assert.is(await t.ask(step), 'T05thread:1;');
  assert.is(await t.ask(`Z${watch}`), 'OK');
}

test('watchpoints stop where the access comes next, either way', async () => {
  const t = await talk();
  const { memory } = t.side.traveller.machine;
  const watch = `2,${hex(SUM)},8`;
  assert.is(await t.ask(`Z${watch}`), 'OK');
  let sum = 0n;
  const stops: number[] = [];
  for (const byte of guest.input) {
    assert.is(await t.ask('vCont;c'), `T05thread:1;watch:${hex(SUM)};`);
    assert.is(await t.register(PC), BigInt(guest.addressOf('store')));
    assert.is(memory.readU64(SUM)!, sum);
    stops.push(t.icount);
    await over(t, 'vCont;s:1', watch);
    sum += BigInt(byte);
    assert.is(memory.readU64(SUM)!, sum);
  }
  await t.ask('vCont;s:1');
  for (const stop of stops.reverse()) {
    assert.is(await t.ask('bc'), `T05thread:1;watch:${hex(SUM)};`);
    assert.is(memory.readU64(SUM)!, sum);
    await over(t, 'bs', watch);
    assert.is(t.icount, stop);
    assert.is(await t.register(PC), BigInt(guest.addressOf('store')));
    sum = memory.readU64(SUM)!;
  }
  assert.is(sum, 0n);
  await t.ask(`z${watch}`);
  await t.ask('bc');
  assert.is(await t.ask(`Z3,${hex(SUM)},1`), 'OK');
  assert.is(await t.ask('vCont;c'), `T05thread:1;rwatch:${hex(SUM)};`);
  await over(t, 'vCont;s', `3,${hex(SUM)},1`);
  await t.ask(`z3,${hex(SUM)},1`);
  assert.is(await t.ask(`Z4,${hex(SUM)},1`), 'OK');
  assert.is(await t.ask('vCont;s:1'), 'T05thread:1;', 'a step that touches nothing');
  assert.is(await t.ask('vCont;c'), `T05thread:1;awatch:${hex(SUM)};`);
  assert.is(await t.ask(`Z2,${hex(SUM)},0`), 'E01');
  assert.is(await t.ask(`Z2,${hex(SUM)},100000`), 'E01');
});

test('a step that would write stops for the watchpoint, forward and backward', async () => {
  const t = await talk();
  await t.ask(`Z0,${at('store')},4`);
  await t.ask('vCont;c');
  const watch = `2,${hex(SUM + 1)},1`;
  await t.ask(`Z${watch}`);
  const { icount } = t;
  assert.is(await t.ask('vCont;s:1'), `T05thread:1;watch:${hex(SUM + 1)};`);
  assert.is(t.icount, icount);
  await over(t, 'vCont;s:1', watch);
  assert.is(await t.ask('bs'), `T05thread:1;watch:${hex(SUM + 1)};`);
  assert.is(t.icount, icount + 1);
});

test('threads have their own steps, whoever has turns in between', async () => {
  const t = await talk();
  await t.ask(`Z0,${at('count')},4`);
  assert.is(await t.ask('vCont;c'), 'T05thread:2;');
  assert.is(await t.ask('qfThreadInfo'), 'm1,2');
  assert.is(await t.ask('T2'), 'OK');
  assert.is(await t.ask('T3'), 'E01');
  assert.is(await t.ask('Hg2'), 'OK');
  assert.is(await t.register(PC), BigInt(guest.addressOf('count')));
  assert.is(await t.ask('Hg1'), 'OK');
  const first = await t.register(PC);
  assert.is.not(first, BigInt(guest.addressOf('count')));
  const here = t.icount;
  // The turn is the second thread's: the first one's next instruction is far away.
  assert.is(await t.ask('vCont;s:1'), 'T05thread:1;');
  assert.ok(t.icount > here + 1000);
  assert.is.not(await t.register(PC), first);
  await t.ask('Hg2');
  // And the second one's last instruction is far back.
  const there = t.icount;
  await t.ask('Hc2');
  assert.is(await t.ask('bs'), 'T05thread:1;', 'back over the last instruction of the thread that stopped');
  assert.ok(t.icount < there);
  assert.is(await t.ask('vCont;s:9'), 'E01');
  assert.is(await t.ask('Hg7'), 'E01');
});

test('nothing is written unless it is allowed', async () => {
  const t = await talk();
  const before = t.side.traveller.machine.stateDigest();
  for (const write of [`M${hex(SUM)},1:ff`, `X${hex(SUM)},1:z`, `P${hex(PC)}=0000000000000000`, `G${'00'.repeat(400)}`])
    assert.match(await t.ask(write), /^E\..*--allow-write/);
  assert.is(await t.ask(`X${hex(SUM)},0:`), 'OK', 'the question whether X is known');
  assert.is(t.side.traveller.machine.stateDigest(), before);
  assert.is(t.side.traveller.altered, false);
});

test('what is written stays when time goes on, and is gone behind it', async () => {
  const t = await talk({ allowWrite: true });
  await t.ask('vCont;s');
  assert.is(await t.ask(`M${hex(SUM)},2:0180`), 'OK');
  assert.is(await t.ask(`X${hex(SUM + 2)},1:\x7f`), 'OK');
  assert.is(await t.ask(`m${hex(SUM)},3`), '01807f');
  assert.is(await t.ask(`P9=${hexOfValue(0x1234n, 8)}`), 'OK');
  assert.is(await t.register(9), 0x1234n);
  await t.ask('vCont;s');
  await t.ask('bs');
  assert.is(await t.ask(`m${hex(SUM)},3`), '01807f');
  assert.is(await t.register(9), 0x1234n);
  await t.ask('bs');
  assert.is(await t.ask(`m${hex(SUM)},3`), '000000');
  for (const bad of ['M0,4:00000000', `M${hex(SUM)},2:00`, 'P400=00', 'P0=0000000000000000', 'Pzz', 'M', 'G0'])
    assert.is(await t.ask(bad), 'E01', bad);
});

test('an interrupt ends a journey where it is', async () => {
  const t = await talk({}, 'tci', threadsGuest('x'.repeat(1000)));
  const long = t.ask('vCont;c');
  t.stub.receive({ kind: 'interrupt' });
  assert.match(await long, /^T02thread:/);
  const search = async (packet: string) => {
    await t.ask('Z0,12,2');
    const answer = t.ask(packet);
    t.stub.receive({ kind: 'interrupt' });
    const text = await answer;
    await t.ask('z0,12,2');
    return text;
  };
  await t.monitor('goto 1');
  const stopped = await search('vCont;c');
  assert.match(stopped, /^T02thread:/);
  const { icount } = t;
  assert.match(await t.ask('vCont;s'), /^T05/);
  assert.is(t.icount, icount + 1, 'and it goes on from there');
});

test('running comes to an instruction count as to a breakpoint, either way, once', async () => {
  const t = await talk({ first: 40 });
  assert.is(await t.monitor('stop 100'), 'continue goes to instruction 100, or to a breakpoint before it\n');
  assert.match(await t.ask('vCont;c'), /^T05thread:/);
  assert.is(t.icount, 100);
  assert.match(await t.monitor('stop first'), /^reverse-continue goes to instruction 40, /);
  assert.match(await t.ask('bc'), /^T05thread:\w+;$/);
  assert.is(t.icount, 40);
  assert.match(await t.ask('bc'), /replaylog:begin/, 'once');
  assert.is(await t.monitor('stop 0'), 'at instruction 0 already\n');
  const got = `${guest.addressOf('got').toString(16)},4`;
  await t.monitor('stop 100000000');
  await t.ask(`Z0,${got}`);
  assert.match(await t.ask('vCont;c'), /^T05thread:/, 'a breakpoint comes first');
  assert.ok(t.icount < 100_000);
  await t.ask(`z0,${got}`);
  assert.match(await t.ask('vCont;c'), /replaylog:end/, 'the guest ends before it');
  assert.match(await t.monitor('stop 12x'), /^stop takes an instruction count/);
});

test('symbols of a program that may lie anywhere are where it lies', async () => {
  const t = await talk();
  assert.is(await t.ask('qOffsets'), '', 'where its file says');
  const program = guest.program.slice();
  // ET_DYN, linked to address 0x10000 as it happens.
  new DataView(program.buffer).setUint16(16, 3, true);
  const moved = await talk({}, 'new-tcg', { ...guest, program });
  const offset = Number.parseInt(/^TextSeg=([0-9a-f]+)$/.exec(await moved.ask('qOffsets'))![1]!, 16);
  assert.is(offset + smallElfEntry, moved.side.traveller.machine.cpus[0]!.pc);
  assert.ok(offset > 0);
});

test('monitor commands', async () => {
  const peer = (await talk({}, 'old-tcg')).side;
  const t = await talk({ first: 40, peer, notes: ['a note'] });
  assert.match(await t.monitor('help'), /goto N/);
  assert.match(await t.monitor('status'), /^side A: new-tcg\nat instruction 0\nfirst difference at instruction 40\n/);
  assert.match(await t.monitor('status'), /a note/);
  assert.match(await t.monitor('first'), /^at instruction 40: 0x/);
  assert.is(t.icount, 40);
  assert.match(await t.monitor('diff'), /^all registers agree at instruction 40\n$/);
  t.side.traveller.machine.cpus[0]!.write(25, 0x77n);
  assert.match(await t.monitor('diff'), /^register .*\ns1 \(thread 1\) 0x77 +0x[0-9a-f]+\n$/);
  assert.match(await t.monitor('peer s1'), /^s1 of side A: 0x/);
  assert.is(peer.traveller.icount, 0, 'the other side is where it was');
  assert.match(await t.monitor('goto 0x10'), /^at instruction 16: /);
  assert.match(await t.monitor('goto 999999999'), /, the end: /);
  assert.match(await t.monitor(`writer ${SUM},8`), /^\d+,8 was last written at instruction \d+: 0x\w+ \S* ?sd/);
  assert.match(await t.monitor('writer s1'), /^s1 was last written at instruction \d+: /);
  for (const [bad, why] of [
    ['goto x', 'takes an instruction count'],
    ['peer nothing', 'there is no register'],
    ['fly', 'there is no monitor command'],
    ['writer pc', 'every instruction'],
    ['writer 1,0', 'a length is'],
    ['goto 1 2', 'one word at most'],
  ] as const)
    assert.match(await t.monitor(bad), why);
  const alone = await talk();
  assert.match(await alone.monitor('diff'), 'no other side');
  assert.match(await alone.monitor('first'), 'no first difference');
});

test('parting', async () => {
  const detached = await talk();
  assert.is(await detached.ask('D'), 'OK');
  assert.is(detached.parted, 'detached');
  const killed = await talk();
  assert.is(await killed.ask('k'), 'parted: killed');
  const asked = await talk();
  assert.is(await asked.ask('vKill;1'), 'OK');
  assert.is(asked.parted, 'killed');
});

test('packets without end are not kept', async () => {
  const t = await talk({}, 'tci');
  for (let n = 0; n < 200 && !t.parted; n++) t.stub.receive({ kind: 'packet', data: 'vCont;c' });
  assert.is(t.parted, 'gone');
});

const seed = testSeed();

test(`random packets: an answer each, and the machine as it was (seed ${seed})`, async () => {
  const random = new Random(seed);
  const t = await talk();
  const before = t.side.traveller.machine.stateDigest();
  const letters = 'gpmMXPGHTZzqvQD?bcsCSR0123456789abcdef,;:=.-* \x00\xff';
  for (let n = 0; n < 1500; n++) {
    const data = Array.from({ length: random.below(12) }, () => letters[random.below(letters.length)]).join('');
    // Those move the machine or end the session by design.
    if (/^([cCsSDk]|b[cs]$|vC|vK|qRcmd)/.test(data)) continue;
    const answer = await t.ask(data);
    assert.type(answer, 'string', JSON.stringify(data));
  }
  assert.is(t.parted, undefined);
  assert.is((t.side.traveller.machine as Machine).stateDigest(), before);
});

test.run();
