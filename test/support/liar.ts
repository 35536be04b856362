import type { Random } from '../../src/base/random';
import type { Binding } from '../../src/core/binding';

/** Offsets in a packet that holds a whole control message. */
const SOURCE = 2;
const FLAGS = 3;
const IID = 5;
const COMMAND = 6;
const COMPLETION = 7;
const DATA = 8;
const LONGEST = 68;

type Lie = (packet: Uint8Array, random: Random) => Uint8Array[];

const below = (random: Random, limit: number): number => Math.floor(random.next() * limit);

function changed(at: (random: Random) => number, value: (old: number, random: Random) => number): Lie {
  return (packet, random) => {
    const lie = Uint8Array.from(packet);
    const offset = at(random);
    if (offset < lie.length) lie[offset] = value(lie[offset] ?? 0, random);
    return [lie];
  };
}

const any = (_old: number, random: Random): number => below(random, 256);

const LIES: readonly Lie[] = [
  changed(
    () => IID,
    (old, random) => (old & 0xe0) | below(random, 32),
  ),
  // Rq, D and the reserved bit.
  changed(
    () => IID,
    (old, random) => (old & 0x1f) | (below(random, 8) << 5),
  ),
  changed(() => COMMAND, any),
  changed(() => COMPLETION, any),
  // The EID, the status, the count of types, the next selector.
  changed(() => DATA, any),
  changed((random) => DATA + below(random, 20), any),
  changed(() => SOURCE, any),
  changed(() => FLAGS, any),
  (packet, random) => [packet.slice(0, below(random, packet.length + 1))],
  (packet, random) => {
    const more = Uint8Array.from({ length: 1 + below(random, LONGEST - packet.length) }, () =>
      any(0, random),
    );
    return [Uint8Array.from([...packet, ...more])];
  },
  (_packet, random) => [Uint8Array.from({ length: below(random, LONGEST) }, () => any(0, random))],
  (packet) => [packet, packet, packet],
  () => [],
  // Get Endpoint UUID, Set Endpoint ID and Discovery Notify from a device, with the answer.
  (packet) => {
    const request = (...bytes: number[]): Uint8Array =>
      Uint8Array.from([1, packet[1] ?? 0, packet[SOURCE] ?? 0, 0xc9, 0, ...bytes]);
    return [request(0x81, 3), request(0x82, 1, 0, 0x20), request(0x83, 0x0d), packet];
  },
];

/** Puts a lie in place of some of what is sent; the same ones for the same random sequence. */
export function lying(inner: Binding, rate: number, random: Random): Binding & { readonly lies: number } {
  const count = { lies: 0 };
  return {
    info: inner.info,
    get lies() {
      return count.lies;
    },
    open: (listener) => inner.open(listener),
    close: () => inner.close(),
    send(packet, destination) {
      if (random.next() >= rate) return inner.send(packet, destination);
      count.lies++;
      const lie = LIES[below(random, LIES.length)];
      for (const each of lie?.(packet, random) ?? []) inner.send(each, destination);
      return true;
    },
  };
}
