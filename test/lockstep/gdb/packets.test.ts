// The remote protocol's packets: framing, checksums, escapes, damage; and registers as GDB describes them.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  addressOfHex,
  bytesOfHex,
  hexOfValue,
  MAX_PACKET,
  numberOfHex,
  PacketReader,
  packet,
  valueOfHex,
} from '../../../lockstep/gdb/packets.ts';
import { Random, testSeed } from '../../guest/random.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('packets, acknowledgements and interrupts, whole or byte by byte', () => {
  const wire = '+$g#67-\x03$m10,4#2e+';
  const expected = [
    { kind: 'ack' },
    { kind: 'packet', data: 'g' },
    { kind: 'again' },
    { kind: 'interrupt' },
    { kind: 'packet', data: 'm10,4' },
    { kind: 'ack' },
  ];
  assert.equal(new PacketReader().feed(bytesOf(wire)), expected);
  const reader = new PacketReader();
  assert.equal(
    [...wire].flatMap((char) => reader.feed(bytesOf(char))),
    expected,
  );
});

const seed = testSeed();

test(`any data comes back as it was (seed ${seed})`, () => {
  const random = new Random(seed);
  for (let n = 0; n < 300; n++) {
    const data = Array.from({ length: random.below(60) }, () => String.fromCharCode(random.below(256))).join('');
    assert.equal(new PacketReader().feed(bytesOf(packet(data))), [{ kind: 'packet', data }]);
  }
  assert.is(packet('a#b$c}d*'), '$a}\x03b}\x04c}]d}\n#ec');
});

test('damage is said, and the next packet is whole again', () => {
  const good = { kind: 'packet', data: 'g' };
  const read = (wire: string) => new PacketReader().feed(bytesOf(wire));
  assert.equal(read('$g#00$g#67'), [{ kind: 'damaged' }, good]);
  assert.equal(read('$g#zz$g#67'), [{ kind: 'damaged' }, good]);
  assert.equal(read('$abc$g#67'), [good], 'a packet that begins anew');
  assert.equal(read(`$${'m'.repeat(MAX_PACKET + 1)}#00$g#67`), [{ kind: 'damaged' }, good]);
});

test(`noise is bounded and kills nothing (seed ${seed})`, () => {
  const random = new Random(seed + 1);
  const reader = new PacketReader();
  for (let n = 0; n < 200; n++) {
    const noise = Uint8Array.from({ length: random.below(4000) }, () =>
      random.below(4) === 0 ? '$#}*'.charCodeAt(random.below(4)) : random.below(256),
    );
    for (const arrived of reader.feed(noise))
      if (arrived.kind === 'packet') assert.ok(arrived.data.length <= MAX_PACKET);
  }
  reader.feed(bytesOf('#00'));
  assert.equal(reader.feed(bytesOf('$g#67')).at(-1), { kind: 'packet', data: 'g' });
});

test('values', () => {
  assert.is(hexOfValue(0x1122334455667788n, 8), '8877665544332211');
  assert.is(hexOfValue(-1n, 4), 'ffffffff');
  assert.is(valueOfHex('8877665544332211'), 0x1122334455667788n);
  assert.is(valueOfHex(''), undefined);
  assert.is(valueOfHex('123'), undefined);
  assert.is(valueOfHex('00'.repeat(9)), undefined);
  assert.is(numberOfHex('ffffffffffffffff'), 2n ** 64n - 1n);
  assert.is(numberOfHex('0x1'), undefined);
  assert.is(addressOfHex('ffffffffffffffff'), undefined, 'no guest memory is there');
  assert.is(addressOfHex('80000000'), 0x80000000);
  assert.is(bytesOfHex('0g'), undefined);
});

test.run();
