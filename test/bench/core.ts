import { PacketBuffer, Fragmenter } from '../../src/core/fragment';
import { checkPacket } from '../../src/core/packet';
import { Reassembler } from '../../src/core/reassembly';
import type { BenchFigure } from './figure';

const MESSAGE = 4096;
const UNIT = 64;
const PACKETS = MESSAGE / UNIT;
const MESSAGES_PER_RUN = 4000;
const RUNS = 12;

/**
 * Packetises and reassembles 4 KiB messages in memory, next to bare loops that only write four header bytes and copy
 * the payload into a packet and out of it again: byte by byte, and word by word.
 */
export async function benchCore(): Promise<BenchFigure[]> {
  const contenders = [ours(), bareBytes(), bareWords()];
  const best = contenders.map(() => 0);
  // Taking turns spreads a busy neighbour on the machine over all three.
  for (let run = 0; run < RUNS; run++) {
    for (const [index, contender] of contenders.entries()) {
      best[index] = Math.max(best[index] ?? 0, packetsPerSecond(contender));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [own = 0, bytes = 0, words = 0] = best;
  const name = 'packetise + reassemble 4 KiB, unit 64';
  const goal = '>= 0.75 of the baseline';
  return [
    { name: `${name}, against byte copies`, value: own, unit: 'packets/s', baseline: bytes, goal },
    { name: `${name}, against word copies`, value: own, unit: 'packets/s', baseline: words, goal },
  ];
}

function packetsPerSecond(moveMessage: () => void): number {
  const start = performance.now();
  for (let i = 0; i < MESSAGES_PER_RUN; i++) moveMessage();
  return Math.round((MESSAGES_PER_RUN * PACKETS * 1000) / (performance.now() - start));
}

function payload(): Uint8Array {
  return Uint8Array.from({ length: MESSAGE }, (_, i) => (i * 7) & 0xff);
}

function ours(): () => void {
  const message = payload();
  const buffer = new PacketBuffer(UNIT + 4);
  const physical = Uint8Array.of(0x1d);
  const addressing = { destination: 9, source: 8, tag: 3, to: true };
  const reassembler = new Reassembler({
    expects: () => true,
    drop: (reason) => {
      throw new Error(reason);
    },
  });
  return () => {
    const fragmenter = new Fragmenter(message, addressing, UNIT);
    let whole: Uint8Array | undefined;
    while (!fragmenter.done) {
      const packet = buffer.packet(fragmenter.write(buffer));
      fragmenter.advance();
      if (checkPacket(packet) !== undefined) throw new Error('bad header');
      whole = reassembler.accept(packet, 1, physical, 0);
    }
    if (whole?.length !== MESSAGE) throw new Error('message lost');
  };
}

function bareBytes(): () => void {
  const message = payload();
  const packet = new Uint8Array(UNIT + 4);
  const whole = new Uint8Array(MESSAGE);
  return () => {
    for (let offset = 0; offset < MESSAGE; offset += UNIT) {
      writeBareHeader(packet, offset);
      for (let i = 0; i < UNIT; i++) packet[i + 4] = message[offset + i] ?? 0;
      for (let i = 0; i < UNIT; i++) whole[offset + i] = packet[i + 4] ?? 0;
    }
  };
}

function bareWords(): () => void {
  const message = new Uint32Array(payload().buffer);
  const packet = new Uint8Array(UNIT + 4);
  const packetWords = new Uint32Array(packet.buffer);
  const whole = new Uint32Array(MESSAGE / 4);
  return () => {
    for (let offset = 0; offset < MESSAGE; offset += UNIT) {
      writeBareHeader(packet, offset);
      const first = offset >> 2;
      for (let i = 0; i < UNIT / 4; i++) packetWords[i + 1] = message[first + i] ?? 0;
      for (let i = 0; i < UNIT / 4; i++) whole[first + i] = packetWords[i + 1] ?? 0;
    }
  };
}

function writeBareHeader(packet: Uint8Array, offset: number): void {
  packet[0] = 1;
  packet[1] = 9;
  packet[2] = 8;
  packet[3] = offset & 0xff;
}
