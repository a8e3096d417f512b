// The 16550: register file, FIFOs, interrupts and their priorities, loopback, console input, state.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createConsoleInput } from '../../emulator/devices/console-input.ts';
import { createUart16550 } from '../../emulator/devices/uart16550.ts';
import { bench, registers, wire } from './bench.ts';

const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7];
const FCR = IIR;

function setup() {
  const interrupt = wire();
  const sent: number[] = [];
  const uart = createUart16550({ line: interrupt.line, transmit: (byte) => sent.push(byte) });
  uart.reset();
  return { uart, interrupt, sent, ...registers(uart, 1) };
}

test('registers after reset', () => {
  const { get, interrupt } = setup();
  assert.equal([IER, IIR, LCR, MCR, LSR, MSR, SCR].map(get), [0, 1, 0, 8, 0x60, 0xb0, 0]);
  assert.not(interrupt.level);
});

test('bytes are sent at once and the transmitter is always empty', () => {
  const { get, set, sent } = setup();
  for (const byte of [0x48, 0x69, 0xff]) {
    assert.is(get(LSR) & 0x60, 0x60);
    set(DATA, byte);
  }
  assert.equal(sent, [0x48, 0x69, 0xff]);
});

test('the divisor lies behind DLAB', () => {
  const { get, set, sent } = setup();
  assert.is(get(DATA), 0);
  set(LCR, 0x83);
  assert.equal([get(0), get(1)], [12, 0]);
  set(0, 0x34);
  set(1, 0x12);
  assert.equal([get(0), get(1)], [0x34, 0x12]);
  set(LCR, 0x03);
  assert.equal([get(IER), sent.length], [0, 0]);
});

test('the scratch register keeps a byte, the others only their bits', () => {
  const { get, set } = setup();
  set(SCR, 0xa5);
  set(IER, 0xff);
  set(MCR, 0xef);
  assert.equal([get(SCR), get(IER), get(MCR)], [0xa5, 0x0f, 0x0f]);
});

test('a received byte sets data ready and interrupts until it is read', () => {
  const { uart, get, set, interrupt } = setup();
  uart.receive(0x41);
  assert.is(get(LSR) & 1, 1);
  assert.not(interrupt.level);
  set(IER, 1);
  assert.ok(interrupt.level);
  assert.is(get(IIR), 0x04);
  assert.is(get(DATA), 0x41);
  assert.not(interrupt.level);
  assert.is(get(LSR) & 1, 0);
  assert.is(get(IIR), 1);
});

test('with FIFOs the trigger level tells data from timeout', () => {
  const { uart, get, set } = setup();
  set(FCR, 0x41); // trigger at 4
  set(IER, 1);
  for (let i = 0; i < 3; i++) uart.receive(i);
  assert.is(get(IIR), 0xcc);
  uart.receive(3);
  assert.is(get(IIR), 0xc4);
  assert.is(get(DATA), 0);
  assert.is(get(IIR), 0xcc);
});

test('the FIFO holds sixteen bytes; one more is an overrun, reported once', () => {
  const { uart, get, set, interrupt } = setup();
  set(FCR, 0x01);
  set(IER, 4);
  for (let i = 0; i < 16; i++) {
    assert.ok(uart.canReceive);
    uart.receive(i);
  }
  assert.not(uart.canReceive || interrupt.level);
  uart.receive(99);
  assert.ok(interrupt.level);
  assert.is(get(IIR), 0xc6);
  assert.is(get(LSR), 0x63);
  assert.is(get(LSR), 0x61);
  assert.not(interrupt.level);
  for (let i = 0; i < 16; i++) assert.is(get(DATA), i);
  assert.is(get(LSR) & 1, 0);
});

test('without FIFOs a second byte overwrites the first', () => {
  const { uart, get } = setup();
  uart.receive(1);
  uart.receive(2);
  assert.is(get(LSR) & 3, 3);
  assert.is(get(DATA), 2);
});

test('FIFO control clears what was received', () => {
  const { uart, get, set } = setup();
  uart.receive(1);
  set(FCR, 1);
  assert.is(get(LSR) & 1, 0);
  uart.receive(2);
  set(FCR, 3);
  assert.is(get(LSR) & 1, 0);
  uart.receive(3);
  set(FCR, 1);
  assert.is(get(DATA), 3);
});

test('the transmitter interrupt comes on enabling and after each byte, and goes with IIR or the next byte', () => {
  const { get, set, interrupt } = setup();
  set(IER, 2);
  assert.ok(interrupt.level);
  assert.is(get(IIR), 2);
  assert.not(interrupt.level);
  assert.is(get(IIR), 1);
  set(DATA, 0x41);
  assert.ok(interrupt.level);
  set(IER, 0);
  assert.not(interrupt.level);
  set(IER, 2);
  assert.ok(interrupt.level);
});

test('receive data goes before transmitter empty, and reading IIR for one does not drop the other', () => {
  const { uart, get, set, interrupt } = setup();
  set(IER, 3);
  uart.receive(1);
  assert.is(get(IIR), 4);
  get(DATA);
  assert.ok(interrupt.level);
  assert.is(get(IIR), 2);
});

test('loopback brings bytes and modem lines back and nothing out', () => {
  const { uart, get, set, sent, interrupt } = setup();
  set(MCR, 0x10);
  assert.is(get(MSR), 0x0b); // CTS, DSR and DCD have fallen
  set(IER, 8);
  set(MCR, 0x1f);
  assert.ok(interrupt.level);
  assert.is(get(IIR), 0);
  assert.is(get(MSR), 0xfb);
  assert.not(interrupt.level);
  set(MCR, 0x1b); // ring indicator off: its trailing edge counts
  assert.is(get(MSR) & 0x44, 4);
  set(DATA, 0x55);
  assert.is(get(DATA), 0x55);
  uart.receive(1);
  assert.is(get(LSR) & 1, 0);
  assert.equal(sent, []);
});

test('a wide access is one to each register', () => {
  const { uart, set } = setup();
  set(SCR, 0x77);
  assert.is(uart.read(4, 4), 0x77b06008n);
  uart.write(4, 4, 0x66000003n);
  assert.is(uart.read(7, 1), 0x66n);
  assert.ok(uart.accepts!(7, 1, true));
  assert.not(uart.accepts!(8, 1, true) || uart.accepts!(6, 4, false));
});

test('console input arrives when the guest listens, in order and not before its time', () => {
  const { clock, to } = bench();
  const interrupt = wire();
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const uart = createUart16550({ line: interrupt.line, transmit: () => {}, readyToReceive: () => input.feed() });
  const input = createConsoleInput({
    clock,
    chunks: [
      { atNs: 0n, bytes: bytes('abcdefghijklmnopqrst') },
      { atNs: 500n, bytes: bytes('uv') },
    ],
    canReceive: () => uart.canReceive,
    listening: () => uart.listening,
    receive: uart.receive,
  });
  const { get, set } = registers(uart, 1);
  to(10);
  set(FCR, 7); // a driver's set-up loses nothing
  let text = '';
  const drain = (): void => {
    while (get(LSR) & 1) text += String.fromCharCode(get(DATA));
  };
  drain();
  assert.is(text, 'abcdefghijklmnopqrst');
  const saved = structuredClone({ input: input.save(), clock: clock.save(), uart: uart.save() });
  for (let i = 0; i < 2; i++) {
    input.restore(saved.input);
    clock.restore(saved.clock);
    uart.restore(saved.uart);
    text = '';
    to(499);
    set(IER, 1);
    assert.not(interrupt.level);
    to(500);
    assert.ok(interrupt.level);
    drain();
    assert.is(text, 'uv');
    assert.not(interrupt.level);
  }
});

test('saved state comes back', () => {
  const { uart, get, set, interrupt } = setup();
  set(LCR, 0x80);
  set(0, 7);
  set(LCR, 3);
  set(FCR, 0x81);
  set(IER, 3);
  set(SCR, 9);
  uart.receive(0x21);
  uart.receive(0x22);
  const saved = structuredClone(uart.save());
  uart.reset();
  assert.not(interrupt.level);
  uart.restore(saved);
  assert.equal([get(IER), get(LCR), get(SCR), get(IIR)], [3, 3, 9, 0xcc]);
  assert.equal([get(DATA), get(DATA), get(IIR)], [0x21, 0x22, 0xc2]);
  set(LCR, 0x80);
  assert.is(get(0), 7);
});

test.run();
