import { BenchClient } from './demux-client';
import { pause, within } from './deadline';
import type { BenchFigure } from './figure';
import { Helper } from './helper';
import { quantile, round } from './statistics';

const ROUNDS = 20_000;
const WARM_UP = 2000;
const LONGEST = 65_537;
/** 64 clients of four types: each frame goes to 16 of them. */
const TYPES = [0x11, 0x12, 0x13, 0x14];
const CLIENTS = 64;
const MESSAGES = 100_000;

/** The demultiplexer in a process of its own, its clients in others. */
export async function benchDemux(): Promise<BenchFigure[]> {
  return [...(await roundTrip()), await longMessage(), ...(await crowd())];
}

/**
 * A request of one client to our own EID, answered by another one, against a bare server that sends frames back; and the
 * same frames to the same clients by a server that does nothing else.
 */
async function roundTrip(): Promise<BenchFigure[]> {
  await using echo = Helper.start('demux-host');
  const bare = nameOf('bare');
  await echo.call('bareEcho', { name: bare });
  const baseline = await tripMicros(await BenchClient.connect(bare, undefined), () => true);
  const value = await answeredMicros('demux', 1);
  const relayed = await answeredMicros('bareRelay', undefined);
  const name = 'demux round trip between two clients, 64 B, p50';
  return [
    { name, value, unit: 'us', baseline, goal: '<= 60' },
    { name: `${name}, by a server that only copies`, value: relayed, unit: 'us', baseline },
  ];
}

/** @param server command that starts it @param type what its clients register for; `undefined`: they do not */
async function answeredMicros(server: string, type: number | undefined): Promise<number> {
  await using host = Helper.start('demux-host');
  await using responder = Helper.start('demux-host');
  const name = nameOf(server);
  await host.call(server, { name, type: 0x7e });
  await responder.call('answer', { name, type });
  const client = await BenchClient.connect(name, type);
  return await tripMicros(client, (frame) => ((frame[2] ?? 0) & 0x80) === 0);
}

/** Median; the client is closed then. */
async function tripMicros(client: BenchClient, isAnswer: (frame: Uint8Array) => boolean): Promise<number> {
  // The message type, a request, then 62 more bytes: 64 in all, behind the EID.
  const request = new Uint8Array(65);
  request.set([8, 1, 0x80]);
  const samples: number[] = [];
  const done = new Promise<void>((resolve) => {
    let sent = performance.now();
    client.onFrame = (frame) => {
      if (!isAnswer(frame)) return;
      const now = performance.now();
      samples.push(now - sent);
      if (samples.length === ROUNDS + WARM_UP) {
        resolve();
        return;
      }
      sent = performance.now();
      client.send(request);
    };
    client.send(request);
  });
  await within(60_000, 'round trips', done);
  client.close();
  return round(quantile(samples.slice(WARM_UP), 0.5) * 1000);
}

/** The longest message there is, to a device on the link and back, in packets of 64 bytes. */
async function longMessage(): Promise<BenchFigure> {
  await using host = Helper.start('demux-host');
  const name = nameOf('long');
  await host.call('demux', { name, type: 0x7e });
  const client = await BenchClient.connect(name, 0x7e);
  const request = new Uint8Array(LONGEST).fill(0x5a);
  request.set([9, 0x7e]);
  const samples: number[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const began = performance.now();
    const answered = new Promise<void>((resolve) => {
      client.onFrame = (frame) => {
        if (frame.length === LONGEST) resolve();
      };
    });
    client.send(request);
    await within(5000, 'the longest message', answered);
    samples.push(performance.now() - began);
  }
  client.close();
  return {
    name: 'message of 64 KiB through the demux to a device and back, packets of 64 B, p50',
    value: round(quantile(samples.slice(10), 0.5), 2),
    unit: 'ms',
  };
}

async function crowd(): Promise<BenchFigure[]> {
  await using host = Helper.start('demux-host');
  const name = nameOf('crowd');
  await host.call('demux', { name, type: 0x7e });
  const clients: BenchClient[] = [];
  for (let n = 0; n < CLIENTS; n++) clients.push(await BenchClient.connect(name, TYPES[n % TYPES.length]));
  // The last registration is behind the last connection.
  await pause(100);
  const before = Number(await host.call('memory'));
  const began = performance.now();
  const expected = await everybodySpeaks(clients);
  const seconds = (performance.now() - began) / 1000;
  const received = clients.reduce((sum, client) => sum + client.received, 0);
  const lost = expected - received + Number(await host.call('dropped'));
  const after = Number(await host.call('memory'));
  for (const client of clients) client.close();
  const what = `64 clients of 4 types, ${MESSAGES} messages`;
  return [
    { name: `${what}: delivered`, value: Math.round(received / seconds), unit: 'messages/s' },
    { name: `${what}: lost`, value: lost, unit: 'messages', goal: '0' },
    {
      name: `${what}: resident memory`,
      value: round(after),
      unit: 'MiB',
      baseline: round(before),
      goal: 'flat',
    },
  ];
}

/** In rounds, of which each is complete before the next. @returns how many frames should have been delivered */
async function everybodySpeaks(clients: readonly BenchClient[]): Promise<number> {
  const each = clients.length / TYPES.length;
  let expected = 0;
  while (expected < MESSAGES) {
    expected += clients.length * each;
    const share = expected / clients.length;
    const complete = clients.map(
      (client) =>
        new Promise<void>((resolve) => {
          client.onFrame = () => {
            if (client.received >= share) resolve();
          };
        }),
    );
    for (const [n, client] of clients.entries()) {
      const frame = new Uint8Array(65);
      frame.set([8, TYPES[n % TYPES.length] ?? 0]);
      client.send(frame);
    }
    await within(10_000, 'a round of all clients', Promise.all(complete));
  }
  return expected;
}

function nameOf(what: string): string {
  return `\0mctp-bench-${process.pid}-${what}`;
}
