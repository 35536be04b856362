import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { Fragmenter, PacketBuffer } from '../../src/core/fragment';
import type { Addressing } from '../../src/core/packet';
import { hex, readVectors } from '../support/vectors';

interface PacketiseVector {
  readonly name: string;
  readonly kind: string;
  readonly input: {
    readonly src: number;
    readonly dest: number;
    readonly tag_owner: boolean;
    readonly tag: number;
    readonly first_seq: number;
    readonly transmission_unit: number;
    readonly message: string;
  };
  readonly expected: { readonly packets: readonly string[] };
}

const vectors = readVectors<PacketiseVector>('mctp-packets').filter(({ kind }) => kind === 'packetise');

function packetise(message: Uint8Array, addressing: Addressing, unit: number, firstSequence = 0): string[] {
  const fragmenter = new Fragmenter(message, addressing, unit, firstSequence);
  const buffer = new PacketBuffer(unit + 4);
  const packets: string[] = [];
  while (!fragmenter.done) {
    packets.push(toHex(buffer.packet(fragmenter.write(buffer))));
    fragmenter.advance();
  }
  return packets;
}

test('there are packetise vectors', () => {
  expect(vectors.length).toBeGreaterThanOrEqual(18);
});

test.each(vectors)('packetise $name', ({ input, expected }) => {
  const addressing = { destination: input.dest, source: input.src, tag: input.tag, to: input.tag_owner };
  const message = hex(input.message);
  expect(packetise(message, addressing, input.transmission_unit, input.first_seq)).toEqual(expected.packets);
  // The same from memory that words cannot be read from.
  const odd = new Uint8Array(message.length + 1).subarray(1);
  odd.set(message);
  expect(packetise(odd, addressing, input.transmission_unit, input.first_seq)).toEqual(expected.packets);
});

test('a packet that was not taken is written again as it was', () => {
  const fragmenter = new Fragmenter(new Uint8Array(100), { destination: 9, source: 8, tag: 1, to: true }, 64);
  const buffer = new PacketBuffer(68);
  const first = toHex(buffer.packet(fragmenter.write(buffer)));
  expect(toHex(buffer.packet(fragmenter.write(buffer)))).toBe(first);
  fragmenter.advance();
  expect(toHex(buffer.packet(fragmenter.write(buffer)))).not.toBe(first);
});

test('the payloads of the packets are the message, in units, first SOM and last EOM', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 700 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 3 }),
      (message, unit, firstSequence) => {
        const packets = packetise(
          message,
          { destination: 9, source: 8, tag: 5, to: false },
          unit,
          firstSequence,
        ).map(hex);
        expect(packets.length).toBe(Math.ceil(message.length / unit));
        expect(Buffer.concat(packets.map((packet) => packet.subarray(4)))).toEqual(Buffer.from(message));
        packets.forEach((packet, index) => {
          const som = index === 0 ? 0x80 : 0;
          const eom = index === packets.length - 1 ? 0x40 : 0;
          expect(packet[3]).toBe(som | eom | (((firstSequence + index) & 3) << 4) | 5);
        });
      },
    ),
  );
});
