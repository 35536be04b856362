import { Iface, ROOT_PATH, SERVICE_NAME, linkPath } from '../../src/base/bus-names';
import { connectBus, type BusConnection } from '../../src/bus/connection';
import { within } from './deadline';
import { serveCommands } from './helper';

/** The client that sets up every device at once, and sees them appear. */

export interface SetupTimes {
  /** Milliseconds from the first call to the `InterfacesAdded` of the last endpoint. */
  readonly lastPublishedMs: number;
  /** Milliseconds from the first call to the last reply, error replies included. */
  readonly lastAnsweredMs: number;
  readonly published: number;
  readonly failed: number;
}

let connection: BusConnection | undefined;
let published = 0;
let lastPublished = 0;

async function connect({ busAddress }: { readonly busAddress: string }): Promise<void> {
  connection = await connectBus(busAddress);
  const match = {
    sender: SERVICE_NAME,
    path: ROOT_PATH,
    iface: Iface.objectManager,
    member: 'InterfacesAdded',
  };
  await connection.onSignal(match, ({ body }) => {
    if (!/\/endpoints\/\d+$/.test(String(body[0]))) return;
    published++;
    lastPublished = performance.now();
  });
}

async function setup({ addresses }: { readonly addresses: readonly number[] }): Promise<SetupTimes> {
  const bus = connection;
  if (bus === undefined) throw new Error('not connected');
  published = 0;
  const began = performance.now();
  const calls = addresses.map((address) =>
    bus.call({
      destination: SERVICE_NAME,
      path: linkPath('bench0'),
      iface: Iface.busOwner,
      member: 'SetupEndpoint',
      signature: 'ay',
      body: [Buffer.of(address)],
    }),
  );
  const results = await within(12_000, 'replies to SetupEndpoint', Promise.allSettled(calls));
  return {
    lastAnsweredMs: performance.now() - began,
    lastPublishedMs: lastPublished - began,
    published,
    failed: results.filter(({ status }) => status === 'rejected').length,
  };
}

serveCommands({ connect, setup });
