import fc from 'fast-check';
import { toHex } from '../../../src/base/bytes';
import { fcs16 } from '../../../src/base/crc';
import {
  encodeFrame,
  MAX_FRAME,
  MAX_SENT_FRAME,
  SerialParser,
  SILENCE_MS,
} from '../../../src/bindings/serial/framing';
import type { DropReason } from '../../../src/core/drops';
import { hex, readVectors } from '../../support/vectors';

interface Vector {
  readonly name: string;
  readonly kind: 'encode' | 'decode';
  readonly input: { readonly stream?: string };
  readonly expected: { readonly outcome?: string; readonly packets: string[]; readonly frames?: string[] };
}

const vectors = readVectors<Vector>('serial-frames');
const GOOD = '7e0107010908cb0080022b7f7e';
const PACKET = '010908cb008002';

function parse(...chunks: Uint8Array[]): { packets: string[]; drops: DropReason[]; parser: SerialParser } {
  const packets: string[] = [];
  const drops: DropReason[] = [];
  const parser = new SerialParser({
    packet: (packet) => packets.push(toHex(packet)),
    drop: (reason) => drops.push(reason),
  });
  for (const chunk of chunks) parser.push(chunk, 0);
  return { packets, drops, parser };
}

const decode = (stream: string) => parse(hex(stream));

function frame(packet: Uint8Array): Uint8Array {
  const into = new Uint8Array(MAX_SENT_FRAME);
  return into.subarray(0, encodeFrame(packet, into));
}

/** Tries one packet after another. */
function packetWithFcs(fcs: number): Uint8Array {
  const bytes = hex('010908c80000');
  for (let i = 0; i < 65536; i++) {
    bytes[4] = i >> 8;
    bytes[5] = i & 0xff;
    if (fcs16(bytes, fcs16(Uint8Array.of(1, bytes.length))) === fcs) return bytes;
  }
  throw new Error('no such packet');
}

describe('vectors', () => {
  test.each(vectors.filter((each) => each.kind === 'encode'))('encode $name', ({ expected }) => {
    expect(expected.packets.map((packet) => toHex(frame(hex(packet))))).toEqual(expected.frames);
    expect(decode((expected.frames ?? []).join('')).packets).toEqual(expected.packets);
  });

  test.each(vectors.filter((each) => each.kind === 'decode'))('decode $name', ({ input, expected }) => {
    expect(decode(input.stream ?? '').packets).toEqual(expected.packets);
  });

  test.each(vectors.filter((each) => each.kind === 'decode'))(
    'decode $name bytewise',
    ({ input, expected }) => {
      const bytes = hex(input.stream ?? '');
      expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte))).packets).toEqual(expected.packets);
    },
  );

  test('there are vectors of both kinds', () => {
    expect(vectors.filter((each) => each.kind === 'encode').length).toBeGreaterThan(5);
    expect(vectors.filter((each) => each.kind === 'decode').length).toBeGreaterThan(20);
  });
});

describe('encoder', () => {
  test('DSP0253 example frame', () => {
    expect(toHex(frame(hex(PACKET)))).toBe(GOOD);
  });

  test.each([0, 3, 256])('a packet of %i bytes cannot be framed', (length) => {
    expect(encodeFrame(new Uint8Array(length), new Uint8Array(MAX_SENT_FRAME))).toBe(0);
  });

  test('the longest frame fits the buffer', () => {
    expect(frame(new Uint8Array(255).fill(0x7e)).length).toBe(MAX_SENT_FRAME);
    expect(MAX_FRAME).toBe(518);
  });
});

describe('every failure has its reason', () => {
  const cases: [string, string, DropReason[]][] = [
    ['noise, counted once', '55aa5500', ['FrameNoise']],
    ['noise behind a good frame', `${GOOD}55aa`, ['FrameNoise']],
    ['revision', '7e0207010908cb', ['FrameBadRevision']],
    ['count', '7e0103', ['FrameBadCount']],
    ['escape', '7e010701097d01', ['FrameBadEscape']],
    ['double escape', '7e010701097d7d', ['FrameBadEscape']],
    ['flag in the data', '7e0107010908cb7e', ['FrameUnexpectedFlag']],
    ['flag behind an escape', '7e0107017d7e', ['FrameUnexpectedFlag']],
    ['first FCS byte', '7e0107010908cb0080022c', ['FrameBadFcs']],
    ['second FCS byte', '7e0107010908cb0080022b00', ['FrameBadFcs']],
    ['end flag', '7e0107010908cb0080022b7f00', ['FrameNoEndFlag']],
  ];
  test.each(cases)('%s', (_name, stream, drops) => {
    expect(decode(stream).drops).toEqual(drops);
    const followed = decode(`${stream}${GOOD}`);
    expect(followed.packets.slice(-1)).toEqual([PACKET]);
  });

  test('idle flags are no failure', () => {
    expect(decode(`7e7e7e${GOOD}7e7e${GOOD}7e`)).toMatchObject({ packets: [PACKET, PACKET], drops: [] });
  });

  test('a frame cut inside an FCS of two flags does not cost the next frame', () => {
    const bytes = packetWithFcs(0x7e7e);
    const cut = frame(bytes).subarray(0, -2);
    expect(parse(cut, hex(GOOD), hex(GOOD)).packets).toEqual([PACKET, PACKET]);
  });

  test('remains of a failed frame are not counted again as noise', () => {
    expect(decode(`7e0107010908cb0080020000aabb${GOOD}`)).toMatchObject({
      packets: [PACKET],
      drops: ['FrameBadFcs'],
    });
  });
});

describe('silence', () => {
  const half = hex('7e0107010908');

  test('1 s of silence ends an unfinished frame', () => {
    const { parser, packets, drops } = parse(half);
    parser.push(hex('cb0080022b7f7e'), SILENCE_MS);
    expect(packets).toEqual([]);
    expect(drops).toEqual(['FrameTimeout']);
    parser.push(hex(GOOD), SILENCE_MS);
    expect(packets).toEqual([PACKET]);
  });

  test('less does not', () => {
    const { parser, packets } = parse(half);
    parser.push(hex('cb0080022b7f7e'), SILENCE_MS - 1);
    expect(packets).toEqual([PACKET]);
  });

  test('a lone start flag outlives it, and flush leaves nothing', () => {
    const { parser, packets, drops } = parse(hex('7e'));
    parser.push(hex(GOOD).subarray(1), 10 * SILENCE_MS);
    expect([packets, drops]).toEqual([[PACKET], []]);
    parser.push(half, 10 * SILENCE_MS);
    parser.flush();
    parser.flush();
    expect(drops).toEqual(['FrameTimeout']);
    expect(parser.kept).toBe(0);
  });
});

describe('properties', () => {
  const packet = fc.uint8Array({ minLength: 4, maxLength: 255 });
  // Bytes that matter to the framing come up far more often than by chance.
  const wild = fc.oneof(
    fc.constantFrom(0x7e, 0x7d, 0x5e, 0x5d, 0x01, 0x04, 0x07),
    fc.integer({ min: 0, max: 255 }),
  );
  const wildBytes = fc.array(wild, { maxLength: 900 }).map((bytes) => Uint8Array.from(bytes));

  test('any packet survives, and never two flags stand together', () => {
    fc.assert(
      fc.property(packet, (bytes) => {
        expect(parse(frame(bytes))).toMatchObject({ packets: [toHex(bytes)], drops: [] });
      }),
    );
  });

  test('the FCS is also taken escaped', () => {
    fc.assert(
      fc.property(packet, (bytes) => {
        const raw = frame(bytes);
        const fcs = Array.from(raw.subarray(-3, -1)).flatMap((byte) =>
          byte === 0x7e || byte === 0x7d ? [0x7d, byte ^ 0x20] : [byte],
        );
        const strict = Uint8Array.from([...raw.subarray(0, -3), ...fcs, 0x7e]);
        expect(parse(strict, strict)).toMatchObject({ packets: [toHex(bytes), toHex(bytes)], drops: [] });
      }),
      { numRuns: 500 },
    );
  });

  test('chunks do not matter', () => {
    const stream = fc.array(fc.oneof(wildBytes, packet.map(frame)), { maxLength: 6 });
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (parts, sizes) => {
        const bytes = Buffer.concat(parts);
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const { packets, drops } = parse(bytes);
        expect(parse(...chunks)).toMatchObject({ packets, drops });
      }),
    );
  });

  test('random bytes: no throw, never more than 518 bytes kept', () => {
    fc.assert(
      fc.property(wildBytes, (bytes) => {
        const { parser } = parse();
        for (const byte of bytes) {
          parser.push(Uint8Array.of(byte), 0);
          expect(parser.kept).toBeLessThanOrEqual(MAX_FRAME);
        }
      }),
    );
  });

  test('noise without a flag costs no frame behind it', () => {
    const noise = wildBytes.map((bytes) => bytes.filter((byte) => byte !== 0x7e));
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, packet), { maxLength: 5 }), (parts) => {
        const { packets } = parse(...parts.flatMap(([junk, bytes]) => [junk, frame(bytes)]));
        expect(packets).toEqual(parts.map(([, bytes]) => toHex(bytes)));
      }),
    );
  });

  test('after any noise, a frame is lost only if the noise swallows its start: the last of three is received', () => {
    fc.assert(
      fc.property(wildBytes, packet, (junk, bytes) => {
        // Only a raw count of 7e, or a flag as FCS byte, can take in a good frame's flags; two frames end that.
        const good = frame(bytes);
        const { packets } = parse(junk, good, good, good);
        expect(packets.slice(-1)).toEqual([toHex(bytes)]);
        expect(packets.filter((each) => each === toHex(bytes)).length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 1000 },
    );
  });

  test('every cut of a frame loses that frame alone', () => {
    fc.assert(
      fc.property(packet, packet, fc.nat(), (cut, whole, at) => {
        // Without the end flag alone a frame is whole again: the next start flag ends it.
        const damaged = frame(cut).subarray(0, -1);
        const { packets } = parse(damaged.subarray(0, at % damaged.length), frame(whole));
        expect(packets).toEqual([toHex(whole)]);
      }),
    );
  });

  test('the recovery words of a peer are survived', () => {
    const word = hex(`${'55'.repeat(80)}7e010255557e557e`);
    expect(parse(word, hex(GOOD), word, hex(GOOD)).packets).toEqual([PACKET, PACKET]);
  });
});
