import { Alarm, systemClock } from '../../src/base/clock';
import { nullLog } from '../../src/base/log';
import { LoopbackBus } from '../../src/bindings/loopback';
import { Router } from '../../src/core/router';
import { Census } from '../../src/demux/census';
import { DemuxNetwork } from '../../src/demux/demux-network';
import { DemuxDrops } from '../../src/demux/drops';
import { DemuxServer } from '../../src/demux/server';
import { loadNative } from '../../src/os/native-module';
import type { SeqpacketConnection } from '../../src/os/seqpacket-connection';
import { SeqpacketServer } from '../../src/os/seqpacket-server';
import { SimDevice } from '../../src/sim/device';
import { PLAIN_DEVICE } from '../../src/sim/profile';
import { BenchClient } from './demux-client';
import { serveCommands } from './helper';
import { residentMib } from './process-tools';

/** The other processes of the demux bench: the demux itself, a bare server, a client that answers. */

const LIMITS = { frames: 4096, bytes: 1 << 26 };
const DEVICE = 0x20;
let drops: DemuxDrops | undefined;

/** The demux over a loopback link where we are EID 8; at EID 9 a device that sends back what it is sent. */
async function demux({ name, type }: { readonly name: string; readonly type: number }): Promise<void> {
  const clock = systemClock;
  const alarm: Alarm = new Alarm(clock, (now) => router.poll(now));
  const router: Router = new Router(alarm);
  const bus = new LoopbackBus();
  const link = await router.addLink({ name: 'lo', network: 1, binding: bus.attach(0x10), localEids: [8] });
  const profile = { ...PLAIN_DEVICE, address: Uint8Array.of(DEVICE), eid: 9, echo: [type] };
  await new SimDevice(bus.attach(DEVICE), profile, clock).open();
  await router.addNeighbour({ link: link.index, eid: 9, address: Uint8Array.of(DEVICE) });
  await router.addRoute({ network: 1, first: 9, extent: 0, link: link.index, mtu: 0 });
  drops = new DemuxDrops(nullLog, clock);
  const network = new DemuxNetwork({ net: router, clock, network: 1, drops, compat: undefined });
  const server = new DemuxServer({
    ...{ clock, log: nullLog, drops, queue: { frames: 256, bytes: 1 << 20 } },
    listen: (options) => SeqpacketServer.listen({ ops: loadNative(), clock, ...options }),
    policy: { ownUid: process.getuid?.() ?? 0, rules: [] },
    census: new Census({ clients: 64, perUid: 64 }),
  });
  server.listen(name, network);
}

/** Sends back each message to whoever it came from, and does nothing else. */
function bareEcho({ name }: { readonly name: string }): Promise<void> {
  SeqpacketServer.listen({
    ...{ ops: loadNative(), clock: systemClock, limits: LIMITS, name },
    accept: (connection) => ({
      message: (bytes) => void connection.send(bytes),
      closed: () => undefined,
    }),
  });
  return Promise.resolve();
}

/** Hands each message to every client, whoever sent it last, as the demux does at our own EID, and does nothing else. */
function bareRelay({ name }: { readonly name: string }): Promise<void> {
  const clients = new Set<SeqpacketConnection>();
  SeqpacketServer.listen({
    ...{ ops: loadNative(), clock: systemClock, limits: LIMITS, name },
    accept: (connection) => {
      clients.add(connection);
      return {
        message: (bytes) => {
          for (const each of clients) if (each !== connection) each.send(bytes);
          connection.send(bytes);
        },
        closed: () => void clients.delete(connection),
      };
    },
  });
  return Promise.resolve();
}

/** A PLDM responder: clears the request bit of what it gets. */
async function answer({ name, type }: { readonly name: string; readonly type?: number }): Promise<void> {
  const client = await BenchClient.connect(name, type);
  client.onFrame = (frame) => {
    const flags = frame[2] ?? 0;
    if ((flags & 0x80) === 0) return;
    frame[2] = flags & 0x7f;
    client.send(frame);
  };
}

function memory(): Promise<number> {
  globalThis.gc?.();
  return Promise.resolve(residentMib(process.pid));
}

function dropped(): Promise<number> {
  return Promise.resolve((drops?.entries() ?? []).reduce((sum, [, count]) => sum + count, 0));
}

serveCommands({ demux, bareEcho, bareRelay, answer, memory, dropped });
