import fc from 'fast-check';
import { toHex } from '../../src/base/bytes';
import { Fragmenter, PacketBuffer } from '../../src/core/fragment';
import type { DropReason } from '../../src/core/drops';
import { checkPacket, sourceOf } from '../../src/core/packet';
import { Reassembler } from '../../src/core/reassembly';
import type { ReassemblyLimits } from '../../src/core/reassembly';
import { hex } from '../support/vectors';

class Fixture {
  readonly drops: DropReason[] = [];
  readonly messages: string[] = [];
  readonly reassembler: Reassembler;
  now = 0;

  constructor(limits: Partial<ReassemblyLimits> = {}, expects = true) {
    const drop = (reason: DropReason): void => void this.drops.push(reason);
    this.reassembler = new Reassembler({ expects: () => expects, drop }, limits);
  }

  accept(packet: string | Uint8Array, link = 1, physical = '1d'): void {
    const bytes = typeof packet === 'string' ? hex(packet) : packet;
    const message = this.reassembler.accept(bytes, link, hex(physical), this.now);
    if (message !== undefined) this.messages.push(`${sourceOf(bytes)}:${toHex(message)}`);
  }
}

const START = '0109088b 01020304';
const MIDDLE = '0109081b 05060708';
const END = '0109086b 090a';
const WHOLE = '8:0102030405060708090a';

describe('DSP0236 §8.9, row by row', () => {
  test('SOM=1 without payload: EmptyStart', () => {
    const f = new Fixture();
    f.accept('010908cb');
    expect([f.drops, f.messages]).toEqual([['EmptyStart'], []]);
  });

  test('SOM=1 without payload ends the assembly under its key', () => {
    const f = new Fixture();
    f.accept(START);
    f.accept('0109088b');
    f.accept(MIDDLE);
    expect(f.drops).toEqual(['EmptyStart', 'UnexpectedMiddleOrEnd']);
    expect(f.reassembler.size).toBe(0);
  });

  test('SOM=1 under a running assembly: AssemblyRestarted, and the new one completes', () => {
    const f = new Fixture();
    [START, START, MIDDLE, END].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages]).toEqual([['AssemblyRestarted'], [WHOLE]]);
  });

  test('SOM=1 EOM=1 under a running assembly: delivered, the old one is gone', () => {
    const f = new Fixture();
    [START, '010908cb aa', MIDDLE].forEach((packet) => f.accept(packet));
    expect(f.drops).toEqual(['AssemblyRestarted', 'UnexpectedMiddleOrEnd']);
    expect(f.messages).toEqual(['8:aa']);
  });

  test('SOM=1 TO=0 without an outstanding request: UnexpectedResponse, no assembly opened', () => {
    const f = new Fixture({}, false);
    f.accept('01090883 01020304');
    f.accept('010908c3 01');
    expect([f.drops, f.reassembler.size]).toEqual([['UnexpectedResponse', 'UnexpectedResponse'], 0]);
  });

  test('SOM=1 EOM=0 without a free context: NoReassemblyContext, running ones go on', () => {
    const f = new Fixture({ maxContexts: 1 });
    [START, '01090a8b 01020304', MIDDLE, END].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages]).toEqual([['NoReassemblyContext'], [WHOLE]]);
  });

  test('SOM=1 EOM=1 needs no context', () => {
    const f = new Fixture({ maxContexts: 0 });
    f.accept('010908cb 01');
    expect(f.messages).toEqual(['8:01']);
  });

  test('SOM=0 without an assembly: UnexpectedMiddleOrEnd', () => {
    const f = new Fixture();
    [MIDDLE, END].forEach((packet) => f.accept(packet));
    expect(f.drops).toEqual(['UnexpectedMiddleOrEnd', 'UnexpectedMiddleOrEnd']);
  });

  test('a gap in the sequence: OutOfSequence, the assembly is gone', () => {
    const f = new Fixture();
    [START, '0109082b 05060708', END].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages]).toEqual([['OutOfSequence', 'UnexpectedMiddleOrEnd'], []]);
  });

  test.each([
    ['a middle packet shorter than the first', '0109081b 050607'],
    ['a middle packet longer than the first', '0109081b 0506070809'],
    ['an end packet longer than the first', '0109085b 0506070809'],
  ])('%s: BadPayloadLength', (_, packet) => {
    const f = new Fixture();
    [START, packet].forEach((each) => f.accept(each));
    expect([f.drops, f.messages, f.reassembler.size]).toEqual([['BadPayloadLength'], [], 0]);
  });

  test('more than the message limit: MessageTooLong', () => {
    const f = new Fixture({ maxMessage: 9 });
    [START, MIDDLE, END].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages, f.reassembler.size]).toEqual([['MessageTooLong'], [], 0]);
  });

  test('an end packet of zero bytes is legal', () => {
    const f = new Fixture();
    [START, '0109085b'].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages]).toEqual([[], ['8:01020304']]);
  });
});

describe('the key of an assembly', () => {
  test.each([
    ['destination EID', '010a088b 01020304'],
    ['destination EID 0', '0100088b 01020304'],
    ['source EID', '01090a8b 01020304'],
    ['tag', '0109088c 01020304'],
    ['TO', '01090883 01020304'],
  ])('differs by %s', (_, other) => {
    const f = new Fixture();
    [START, other, MIDDLE, END].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages, f.reassembler.size]).toEqual([[], [WHOLE], 1]);
  });

  test('differs by link', () => {
    const f = new Fixture();
    f.accept(START, 1);
    f.accept(START, 2);
    f.accept(MIDDLE, 2);
    f.accept(MIDDLE, 1);
    f.accept(END, 1);
    f.accept(END, 2);
    expect([f.drops, f.messages]).toEqual([[], [WHOLE, WHOLE]]);
  });

  test('differs by physical address for source EID 0, and only there', () => {
    const f = new Fixture();
    f.accept('0109008b 01020304', 1, '1d');
    f.accept('0109008b 11121314', 1, '1e');
    f.accept('0109005b 05', 1, '1d');
    f.accept('0109005b 15', 1, '1e');
    f.accept(START, 1, '1d');
    f.accept(MIDDLE, 1, '1e');
    f.accept(END, 1, '1d');
    expect([f.drops, f.messages]).toEqual([[], ['0:0102030405', '0:1112131415', WHOLE]]);
  });
});

describe('time', () => {
  test('6000 ms since the last packet end an assembly: AssemblyTimeout', () => {
    const f = new Fixture();
    f.accept(START);
    f.now = 5999;
    f.accept(MIDDLE);
    expect(f.reassembler.nextDeadline()).toBe(11_999);
    f.reassembler.expire(11_998);
    expect(f.reassembler.size).toBe(1);
    f.reassembler.expire(11_999);
    expect([f.drops, f.reassembler.size, f.reassembler.nextDeadline()]).toEqual([
      ['AssemblyTimeout'],
      0,
      Infinity,
    ]);
  });

  test('a packet that is too late finds nothing, even before anybody looked at the time', () => {
    const f = new Fixture();
    f.accept(START);
    f.now = 6000;
    f.accept(MIDDLE);
    expect(f.drops).toEqual(['AssemblyTimeout', 'UnexpectedMiddleOrEnd']);
  });
});

describe('bounds', () => {
  test('one source cannot take the contexts of others', () => {
    const f = new Fixture({ maxContexts: 64, maxPerSource: 16, maxPerNeighbour: 32 });
    for (let destination = 8; destination < 40; destination++) {
      f.accept(Uint8Array.of(1, destination, 20, 0x88, 1, 2));
    }
    expect([f.reassembler.size, f.drops.length]).toEqual([16, 16]);
    [START, MIDDLE, END].forEach((packet) => f.accept(packet));
    expect(f.messages).toEqual([WHOLE]);
  });

  test('one physical address that lies about its EID cannot either', () => {
    const f = new Fixture({ maxContexts: 64, maxPerSource: 16, maxPerNeighbour: 32 });
    for (let source = 20; source < 254; source++) f.accept(Uint8Array.of(1, 9, source, 0x88, 1, 2), 1, '66');
    expect(f.reassembler.size).toBe(32);
    [START, MIDDLE, END].forEach((packet) => f.accept(packet, 1, '1d'));
    expect(f.messages).toEqual([WHOLE]);
  });

  test('one link whose devices lie about their physical addresses cannot take those of another link', () => {
    const f = new Fixture();
    for (let i = 0; i < 300; i++)
      f.accept(
        Uint8Array.of(1, 9, 8 + (i % 240), 0x88, 1, 2),
        1,
        `00${(i % 256).toString(16).padStart(2, '0')}`,
      );
    expect(f.reassembler.size).toBe(128);
    [START, MIDDLE, END].forEach((packet) => f.accept(packet, 2));
    expect(f.messages).toEqual([WHOLE]);
  });

  test('shares are given back when assemblies end', () => {
    const f = new Fixture({ maxPerSource: 1, maxPerNeighbour: 1 });
    for (let round = 0; round < 5; round++) [START, MIDDLE, END].forEach((packet) => f.accept(packet));
    expect([f.drops, f.messages.length]).toEqual([[], 5]);
  });

  test('discard forgets what agrees and nothing else', () => {
    const f = new Fixture();
    f.accept(START, 1);
    f.accept(START, 2);
    f.accept('01090a8b 01020304', 1);
    f.reassembler.discard({ link: 1, source: 8 });
    expect(f.reassembler.size).toBe(2);
    f.reassembler.discard({ link: 1 });
    expect(f.reassembler.size).toBe(1);
    expect(f.drops).toEqual([]);
  });
});

test('random packets never throw and never fill more contexts than there are', () => {
  const packet = fc
    .tuple(
      fc.constantFrom(0, 8, 9, 255),
      fc.constantFrom(0, 8, 9, 10),
      fc.nat(255),
      fc.uint8Array({ maxLength: 6 }),
    )
    .map(([destination, source, flags, payload]) => Uint8Array.of(1, destination, source, flags, ...payload));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(packet, fc.uint8Array({ maxLength: 12 })), { maxLength: 80 }),
      (packets) => {
        const f = new Fixture({ maxContexts: 5, maxMessage: 12 });
        for (const each of packets) {
          f.now += 500;
          if (checkPacket(each) === undefined) f.accept(each);
          expect(f.reassembler.size).toBeLessThanOrEqual(5);
        }
        expect(f.messages.every((message) => message.length <= 4 + 24)).toBe(true);
        f.reassembler.expire(f.now + 6000);
        expect(f.reassembler.size).toBe(0);
      },
    ),
  );
});

test('messages that are mixed packet by packet come out whole', () => {
  const message = fc.record({
    bytes: fc.uint8Array({ minLength: 1, maxLength: 400 }),
    unit: fc.constantFrom(7, 16, 64, 100),
    first: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(7)), (messages, order) => {
      const f = new Fixture();
      // One buffer for all: the reassembler sees the same view again and again, as from a real binding.
      const buffer = new PacketBuffer(104);
      const queue = messages.map(({ bytes, unit, first }, tag) => {
        return new Fragmenter(bytes, { destination: 9, source: 8, tag, to: true }, unit, first);
      });
      const step = (fragmenter: Fragmenter | undefined): void => {
        if (fragmenter === undefined || fragmenter.done) return;
        f.accept(buffer.packet(fragmenter.write(buffer)));
        fragmenter.advance();
      };
      for (const turn of order) step(queue[turn]);
      for (const rest of queue) while (!rest.done) step(rest);
      expect(f.drops).toEqual([]);
      expect([...f.messages].sort()).toEqual(messages.map(({ bytes }) => `8:${toHex(bytes)}`).sort());
    }),
  );
});
