// The file of a recording: 8 bytes of magic, u32 version, u32 length of the rest, SHA-256 of the rest, then one
// MessagePack map, deflated. Little-endian. Nothing is decoded before its checksum is right, and all is checked against
// its shape: a file may come from anywhere.

// These two are JavaScript alone; the package's main module looks for a native addon at every start.
import { Packr } from 'msgpackr/pack';
import { Unpackr } from 'msgpackr/unpack';
import { UsageError } from '../../emulator/index.ts';
import type { Infer } from '../shape.ts';
import { fromStored, OLDEST_VERSION, RECORDING_VERSION, type Recording, recordingShape, toStored } from './model.ts';

const MAGIC = new TextEncoder().encode('LOCKSTEP');
const HASH = 32;
const HEADER = MAGIC.length + 8 + HASH;
/** No recording is larger when it is unpacked. */
const UNPACKED_LIMIT = 512 << 20;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint', mapsAsObjects: true });

/** Loaded by those who write or read a recording: most runs do without. */
const crypto = () => process.getBuiltinModule('node:crypto');
const zlib = () => process.getBuiltinModule('node:zlib');

function checksum(bytes: Uint8Array): Uint8Array {
  return crypto().createHash('sha256').update(bytes).digest();
}

export function encodeRecording(recording: Recording): Uint8Array {
  const body = zlib().deflateSync(packr.pack(toStored(recording)));
  const file = new Uint8Array(HEADER + body.length);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(MAGIC.length, RECORDING_VERSION, true);
  view.setUint32(MAGIC.length + 4, body.length, true);
  file.set(checksum(body), MAGIC.length + 8);
  file.set(body, HEADER);
  return file;
}

/** `name` is for messages. Throws UsageError when this is no recording, or not a whole one, or of another version. */
export function decodeRecording(file: Uint8Array, name: string): Recording {
  if (!MAGIC.every((byte, i) => file[i] === byte))
    throw new UsageError(`${name} is not a recording`, 'Make one: lockstep run --record FILE PROGRAM');
  const again = 'Make it again, or copy it again: lockstep run --record FILE PROGRAM';
  if (file.length < HEADER) throw new UsageError(`${name} is cut off after ${file.length} bytes`, again);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const version = view.getUint32(MAGIC.length, true);
  const length = view.getUint32(MAGIC.length + 4, true);
  if (version < OLDEST_VERSION || version > RECORDING_VERSION) throw otherVersion(name, version);
  if (file.length !== HEADER + length)
    throw new UsageError(
      file.length < HEADER + length
        ? `${name} is cut off: ${file.length} of ${HEADER + length} bytes are there`
        : `${name} has ${file.length - HEADER - length} bytes too many at its end`,
      again,
    );
  const body = file.subarray(HEADER);
  if (!checksum(body).every((byte, i) => byte === file[MAGIC.length + 8 + i]))
    throw new UsageError(`${name} has been altered: its checksum is wrong`, again);
  const recording = fromStored(unpacked(body, name, version));
  if (!recording) throw otherVersion(name, version);
  return recording;
}

function unpacked(body: Uint8Array, name: string, version: number): Infer<typeof recordingShape> {
  let value: unknown;
  try {
    value = unpackr.unpack(zlib().inflateSync(body, { maxOutputLength: UNPACKED_LIMIT }));
  } catch (error) {
    throw new UsageError(`${name} cannot be unpacked: ${(error as Error).message.slice(0, 200)}`);
  }
  if (version === 1 && typeof value === 'object' && value !== null) value = { ...value, capsule: null };
  const wrong = recordingShape.check(value, 'recording');
  if (wrong !== undefined) throw new UsageError(`${name} holds what no recording holds: ${wrong}`);
  return value as Infer<typeof recordingShape>;
}

function otherVersion(name: string, version: number): UsageError {
  const newer = version > RECORDING_VERSION;
  return new UsageError(
    `${name} is a recording of version ${version}; this lockstep reads versions ${OLDEST_VERSION} to ${RECORDING_VERSION}`,
    newer ? 'Open it with a newer lockstep.' : 'Open it with the lockstep that made it, or record the run again.',
  );
}
