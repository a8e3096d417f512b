// GDB's remote protocol as bytes: packets `$data#checksum`, acknowledgements, the interrupt. Data is text of one byte a
// character. Whatever arrives, no more than one packet of MAX_PACKET bytes is kept.

/** Longest data of a packet, either way. */
export const MAX_PACKET = 0x4000;

export type Arrived =
  | { readonly kind: 'packet'; readonly data: string }
  | { readonly kind: 'ack' }
  /** The last packet was damaged on its way: it is sent again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'interrupt' }
  /** A packet that is too long or whose checksum is wrong. */
  | { readonly kind: 'damaged' };

const INTERRUPT = 3;
const ESCAPE = '}';
const FLIP = 0x20;

type State = 'between' | 'data' | 'first digit' | 'second digit';

export class PacketReader {
  private state: State = 'between';
  private data = '';
  private sum = 0;
  private digits = '';
  private tooLong = false;

  /** What is complete with these bytes. */
  feed(bytes: Uint8Array): Arrived[] {
    const arrived: Arrived[] = [];
    for (const byte of bytes) {
      const one = this.take(byte);
      if (one) arrived.push(one);
    }
    return arrived;
  }

  private take(byte: number): Arrived | undefined {
    const char = String.fromCharCode(byte);
    switch (this.state) {
      case 'between':
        if (char === '$') this.begin();
        else if (char === '+') return { kind: 'ack' };
        else if (char === '-') return { kind: 'again' };
        else if (byte === INTERRUPT) return { kind: 'interrupt' };
        return undefined;
      case 'data':
        if (char === '$') this.begin();
        else if (char === '#') this.state = 'first digit';
        else {
          this.sum = (this.sum + byte) & 255;
          if (this.data.length < MAX_PACKET) this.data += char;
          else this.tooLong = true;
        }
        return undefined;
      case 'first digit':
        this.digits = char;
        this.state = 'second digit';
        return undefined;
      case 'second digit':
        this.state = 'between';
        return this.tooLong || checksumText(this.sum) !== (this.digits + char).toLowerCase()
          ? { kind: 'damaged' }
          : { kind: 'packet', data: unescaped(this.data) };
    }
  }

  private begin(): void {
    this.state = 'data';
    this.data = '';
    this.sum = 0;
    this.tooLong = false;
  }
}

/** A packet as it goes on the wire. */
export function packet(data: string): string {
  const safe = data.replace(/[#$}*]/g, (char) => ESCAPE + String.fromCharCode(char.charCodeAt(0) ^ FLIP));
  let sum = 0;
  for (let i = 0; i < safe.length; i++) sum = (sum + safe.charCodeAt(i)) & 255;
  return `$${safe}#${checksumText(sum)}`;
}

function unescaped(data: string): string {
  return data.replace(/\}([\s\S])/g, (_, char: string) => String.fromCharCode(char.charCodeAt(0) ^ FLIP));
}

function checksumText(sum: number): string {
  return sum.toString(16).padStart(2, '0');
}

// --- values in packets ---

/** Bytes in hexadecimal. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
/** Undefined for what is no hexadecimal text of whole bytes. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  return /^([0-9a-f]{2})*$/i.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}
/** A value in the target's byte order. */
export function hexOfValue(value: bigint, bytes: number): string {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt.asUintN(64, value));
  return buffer.toString('hex', 0, bytes);
}
export function valueOfHex(text: string): bigint | undefined {
  const bytes = bytesOfHex(text);
  if (!bytes || bytes.length === 0 || bytes.length > 8) return undefined;
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
/** A number of at most 64 bits in hexadecimal; undefined for anything else. */
export function numberOfHex(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text}`) : undefined;
}
/** An address as guest memory takes it; undefined where no guest memory can be. */
export function addressOfHex(text: string | undefined): number | undefined {
  const value = numberOfHex(text);
  if (value === undefined) return undefined;
  const address = Number(BigInt.asIntN(64, value));
  return Number.isSafeInteger(address) && address >= 0 ? address : undefined;
}
