// The 16550A serial port: eight byte registers, 16-byte receive FIFO, interrupts by the usual priorities. Transmission
// takes no time: the holding register is always empty again after a write. Received bytes come from `receive`, which
// the board calls when `canReceive` says so. A receive FIFO below its trigger level reports the character timeout at
// once, since there is no bit clock to wait for.
// The lines stay consistent with the registers after every call: each path ends in `update`.

import type { Device, InterruptLine } from './device.ts';

/** Receive buffer (read), transmit holding (write); divisor low byte while LCR.DLAB is set. */
const RBR_THR_DLL = 0;
/** Interrupt enable; divisor high byte while LCR.DLAB is set. */
const IER_DLM = 1;
/** Interrupt identification (read), FIFO control (write). */
const IIR_FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;

const IER_RX = 1;
const IER_TX = 2;
const IER_LINE = 4;
const IER_MODEM = 8;
const IIR_NONE = 1;
const IIR_MODEM = 0;
const IIR_TX = 2;
const IIR_RX = 4;
const IIR_LINE = 6;
const IIR_TIMEOUT = 12;
const IIR_FIFOS = 0xc0;
const FCR_ENABLE = 1;
const FCR_CLEAR_RX = 2;
const FCR_TRIGGER = 0xc0;
const LCR_DLAB = 0x80;
const MCR_OUT2 = 0x08;
const MCR_LOOP = 0x10;
const LSR_READY = 1;
const LSR_OVERRUN = 2;
const LSR_ERRORS = 0x1e;
const LSR_THRE = 0x20;
const LSR_IDLE = 0x40;
/** Carrier, data set ready, clear to send: the other end is always there. */
const MSR_CONNECTED = 0xb0;
const MSR_DELTAS = 0x0f;
const MSR_RING = 0x40;
const MSR_RING_ENDED = 0x04;
const TRIGGER_BYTES = [1, 4, 8, 14] as const;
const FIFO_BYTES = 16;
const RESET_DIVISOR = 12;

export interface UartOptions {
  readonly line: InterruptLine;
  /** One byte the guest has sent. */
  transmit(byte: number): void;
  /** Called when there is room for a byte and the guest looks for one: it polls LSR, or has enabled the interrupt. */
  readyToReceive?(): void;
}

export interface UartState {
  readonly rx: readonly number[];
  readonly ier: number;
  readonly fcr: number;
  readonly lcr: number;
  readonly mcr: number;
  readonly msrDeltas: number;
  readonly scr: number;
  readonly divisor: number;
  readonly overrun: boolean;
  readonly txPending: boolean;
}

export interface Uart extends Device<UartState> {
  readonly canReceive: boolean;
  /** The receive interrupt is enabled: bytes may come at any time. */
  readonly listening: boolean;
  /** A byte from the other end; one that finds no room is lost and sets LSR.OE. Ignored in loopback. */
  receive(byte: number): void;
}

const RESET: UartState = {
  rx: [],
  ier: 0,
  fcr: 0,
  lcr: 0,
  mcr: MCR_OUT2,
  msrDeltas: 0,
  scr: 0,
  divisor: RESET_DIVISOR,
  overrun: false,
  txPending: false,
};

/** MCR's outputs as they come back on the modem inputs in loopback: DTR→DSR, RTS→CTS, OUT1→RI, OUT2→DCD. */
function loopedModem(mcr: number): number {
  return ((mcr & 2) << 3) | ((mcr & 1) << 5) | ((mcr & 4) << 4) | ((mcr & 8) << 4);
}

export function createUart16550(options: UartOptions): Uart {
  let rx: number[] = [];
  let ier = 0;
  let fcr = 0;
  let lcr = 0;
  let mcr = MCR_OUT2;
  let msrDeltas = 0;
  let scr = 0;
  let divisor = RESET_DIVISOR;
  let overrun = false;
  /** The transmitter-empty interrupt has not been seen yet. */
  let txPending = false;

  const capacity = (): number => (fcr & FCR_ENABLE ? FIFO_BYTES : 1);
  const looped = (): boolean => (mcr & MCR_LOOP) !== 0;
  const modem = (): number => (looped() ? loopedModem(mcr) : MSR_CONNECTED);

  function identify(): number {
    if (ier & IER_LINE && overrun) return IIR_LINE;
    if (ier & IER_RX && rx.length > 0) {
      const trigger = fcr & FCR_ENABLE ? TRIGGER_BYTES[fcr >> 6]! : 1;
      return rx.length >= trigger ? IIR_RX : IIR_TIMEOUT;
    }
    if (ier & IER_TX && txPending) return IIR_TX;
    if (ier & IER_MODEM && msrDeltas) return IIR_MODEM;
    return IIR_NONE;
  }

  const update = (): void => options.line(identify() !== IIR_NONE);

  function push(byte: number): void {
    if (rx.length < capacity()) rx.push(byte);
    else {
      overrun = true;
      // Without a FIFO the newer byte overwrites the older one.
      if (!(fcr & FCR_ENABLE)) rx[0] = byte;
    }
  }

  // Only a guest that listens is sent anything: drivers empty the FIFO while they set the port up.
  function offerRoom(listening: boolean): void {
    if (listening && canReceive()) options.readyToReceive?.();
  }

  const canReceive = (): boolean => !looped() && rx.length < capacity();

  function setMcr(value: number): void {
    const before = modem();
    mcr = value & 0x1f;
    const after = modem();
    const changed = before ^ after;
    msrDeltas |= ((changed >> 4) & 0xb) | (before & ~after & MSR_RING ? MSR_RING_ENDED : 0);
  }

  function setFcr(value: number): void {
    // Switching the FIFOs on or off empties them.
    if ((value ^ fcr) & FCR_ENABLE || (value & FCR_ENABLE && value & FCR_CLEAR_RX)) rx = [];
    fcr = value & FCR_ENABLE ? value & (FCR_ENABLE | FCR_TRIGGER) : 0;
  }

  function readByte(register: number): number {
    switch (register) {
      case RBR_THR_DLL:
        return lcr & LCR_DLAB ? divisor & 0xff : (rx.shift() ?? 0);
      case IER_DLM:
        return lcr & LCR_DLAB ? divisor >> 8 : ier;
      case IIR_FCR: {
        const cause = identify();
        if (cause === IIR_TX) txPending = false;
        return cause | (fcr & FCR_ENABLE ? IIR_FIFOS : 0);
      }
      case LCR:
        return lcr;
      case MCR:
        return mcr;
      case LSR: {
        offerRoom(true);
        const value = LSR_THRE | LSR_IDLE | (rx.length > 0 ? LSR_READY : 0) | (overrun ? LSR_OVERRUN : 0);
        if (value & LSR_ERRORS) overrun = false;
        return value;
      }
      case MSR: {
        const value = modem() | msrDeltas;
        msrDeltas &= ~MSR_DELTAS;
        return value;
      }
      case SCR:
        return scr;
      default:
        return 0;
    }
  }

  function writeByte(register: number, byte: number): void {
    switch (register) {
      case RBR_THR_DLL:
        if (lcr & LCR_DLAB) divisor = (divisor & 0xff00) | byte;
        else {
          if (looped()) push(byte);
          else options.transmit(byte);
          txPending = true;
        }
        break;
      case IER_DLM:
        if (lcr & LCR_DLAB) divisor = (byte << 8) | (divisor & 0xff);
        else {
          // Enabling the transmitter interrupt reports the empty holding register at once.
          if (byte & IER_TX && !(ier & IER_TX)) txPending = true;
          ier = byte & 0x0f;
        }
        break;
      case IIR_FCR:
        setFcr(byte);
        break;
      case LCR:
        lcr = byte;
        break;
      case MCR:
        setMcr(byte);
        break;
      case SCR:
        scr = byte;
        break;
    }
  }

  function load(state: UartState): void {
    ({ ier, fcr, lcr, mcr, msrDeltas, scr, divisor, overrun, txPending } = state);
    rx = [...state.rx];
  }

  return {
    name: 'uart16550',
    accepts: (offset, size) => offset + size <= 8,
    // The bus is one byte wide: a wider access is one to each register in turn.
    read(offset, size) {
      let value = 0n;
      for (let i = 0; i < size; i++) value |= BigInt(readByte(offset + i)) << BigInt(i * 8);
      update();
      offerRoom((ier & IER_RX) !== 0);
      return value;
    },
    write(offset, size, value) {
      for (let i = 0; i < size; i++) writeByte(offset + i, Number((value >> BigInt(i * 8)) & 0xffn));
      update();
      offerRoom((ier & IER_RX) !== 0);
    },
    get canReceive() {
      return canReceive();
    },
    get listening() {
      return (ier & IER_RX) !== 0;
    },
    receive(byte) {
      if (looped()) return;
      push(byte & 0xff);
      update();
    },
    reset() {
      load(RESET);
      update();
    },
    save: () => ({ rx: [...rx], ier, fcr, lcr, mcr, msrDeltas, scr, divisor, overrun, txPending }),
    restore: load,
  };
}
