import { spawn } from 'node:child_process';
import { SERVICE_NAME } from '../../src/base/bus-names';
import { systemClock } from '../../src/base/clock';
import { nullLog } from '../../src/base/log';
import { connectBus } from '../../src/bus/connection';
import type { BusConnection } from '../../src/bus/connection';
import type { Net } from '../../src/core/net';
import type { RootInfo } from '../../src/dbus/root-info';
import { DbusService } from '../../src/dbus/service';
import type { Operations } from '../../src/discovery/operations';
import { Registry } from '../../src/discovery/registry';
import { PrivateBus } from '../support/private-bus';
import type { BenchFigure } from './figure';
import { marshalWithLibrary } from './library-marshaller';
import { median, round } from './statistics';

/** How long `GetManagedObjects` keeps the daemon busy, against dbus-next's marshaller on the same objects. */

const FEW = 200;
const MANY = 3200;
const ROUNDS = 20;
const EIDS_PER_NETWORK = 200;
const ROOT = '/au/com/codeconstruct/mctp1';
const MANAGER = 'org.freedesktop.DBus.ObjectManager';

export async function benchDbus(): Promise<BenchFigure[]> {
  await using bus = await PrivateBus.start();
  return [await timeInside(bus), await longestBlock(bus)];
}

async function timeInside(bus: PrivateBus): Promise<BenchFigure> {
  const served = await serve(bus, FEW);
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    await askFromOutside(bus);
    times.push(served.lastReplyMs());
  }
  const baseline = round(median(times.map(() => marshalWithLibrary(served.objects))), 2);
  served.stop();
  const name = `GetManagedObjects with ${FEW} endpoints, inside the daemon`;
  return { name, value: round(median(times), 2), unit: 'ms', baseline, goal: '<= 1' };
}

async function longestBlock(bus: PrivateBus): Promise<BenchFigure> {
  const served = await serve(bus, MANY);
  const gaps: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const gap = measureLongestGap();
    await askFromOutside(bus);
    gaps.push(gap.stop());
  }
  const baseline = round(marshalWithLibrary(served.objects), 2);
  served.stop();
  const name = `GetManagedObjects with ${MANY} endpoints, longest block of the event loop`;
  return { name, value: round(median(gaps), 2), unit: 'ms', baseline, goal: '<= 10' };
}

export interface Served {
  /** Milliseconds from the arrival of the last call to when its reply was handed to the socket. */
  lastReplyMs(): number;
  /** The argument of the reply, in the form that dbus-next takes. */
  readonly objects: unknown;
  stop(): void;
}

export async function serve(bus: PrivateBus, endpoints: number): Promise<Served> {
  const connection = await connectBus(bus.socketAddress);
  const took = timeReplies(connection);
  const registry = new Registry();
  const unused = {} as unknown as Operations & Net & RootInfo;
  const service = new DbusService({
    ...{ connection, registry, operations: unused, net: unused, log: nullLog, clock: systemClock },
    rootInfo: {
      version: '0',
      uptimeSeconds: () => 0,
      demuxSockets: [],
      clientSocket: '',
    } as unknown as RootInfo,
    settings: { managedObjectsNetworkId: 'int32', alwaysPublishUuid: false, inventory: () => undefined },
  });
  service.start();
  await connection.requestName(SERVICE_NAME);
  publish(registry, endpoints);
  const objects = await readObjects(bus);
  return {
    lastReplyMs: took,
    objects,
    stop: () => {
      service.stop();
      connection.close();
    },
  };
}

/** Watches the connection from both sides of the service: its call handler comes first, its reply last. */
function timeReplies(connection: BusConnection): () => number {
  let began = 0;
  let took = NaN;
  connection.onMethodCall(() => {
    began = performance.now();
  });
  const reply = connection.replyRaw.bind(connection);
  connection.replyRaw = (call, signature, body) => {
    reply(call, signature, body);
    took = performance.now() - began;
  };
  return () => took;
}

function publish(registry: Registry, count: number): void {
  for (let i = 0; i < count; i++) {
    const network = 1 + Math.floor(i / EIDS_PER_NETWORK);
    if (i % EIDS_PER_NETWORK === 0) registry.addNetwork(network);
    registry.addEndpoint({
      network,
      eid: 8 + (i % EIDS_PER_NETWORK),
      local: false,
      link: undefined,
      physicalAddress: Uint8Array.of(i & 0x7f),
      bridge: 0,
      connectivity: 'Available',
      types: [0, 1, 4, 5],
      vendorTypes: [{ format: 0, vendor: 0x8086, subtype: 1 }],
      uuid: `595a522d-77c5-4628-8400-${i.toString(16).padStart(12, '0')}`,
    });
  }
}

async function readObjects(bus: PrivateBus): Promise<unknown> {
  const client = await connectBus(bus.socketAddress);
  const call = { destination: SERVICE_NAME, path: ROOT, iface: MANAGER, member: 'GetManagedObjects' };
  const [objects] = await client.call(call);
  client.close();
  return objects;
}

/** Another process asks, so that reading the reply does not count. */
function askFromOutside(bus: PrivateBus): Promise<void> {
  const args = [
    `--address=${bus.address}`,
    '--quiet',
    'call',
    SERVICE_NAME,
    ROOT,
    MANAGER,
    'GetManagedObjects',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('busctl', args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`busctl ended with ${String(status)}`));
    });
  });
}

function measureLongestGap(): { stop(): number } {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(tick);
  };
  // Not before the child process was started, which takes milliseconds of its own.
  setImmediate(() => {
    last = performance.now();
    setImmediate(tick);
  });
  return {
    stop: () => {
      running = false;
      return longest;
    },
  };
}
