import { createHash } from 'node:crypto';
import { seededRandom } from '../../../src/base/random';
import { Iface, ROOT_PATH, SERVICE_NAME, endpointPath, linkPath } from '../../../src/base/bus-names';
import { connectClient } from '../../../src/client/connect-client';
import { Stack } from '../../../src/client/stack';
import { CleanUp } from '../../support/clean-up';
import { DaemonProcess, linkTable } from '../../support/daemon';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { PrivateBus } from '../../support/private-bus';
import { eventually } from '../../support/within';
import { hex } from '../../support/vectors';
import { KernelDevice } from './kernel-device';
import { DIGEST_TYPE, ECHO_TYPE, KernelResponder, kernelRequest } from './kernel-responder';
import { PtyBridge } from './pty-bridge';
import { Rtnl } from './rtnl';

/**
 * Two daemons on one serial line: a bus owner in user space, and an endpoint on a link of the kernel. Each has a bus of
 * its own. Clients of the one and programs on the kernel's sockets at the other send messages to and fro.
 */

const ENDPOINT_UUID = '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7';
const OWNER = 8;
const ENDPOINT = 9;
const ANSWER_MS = 20_000;

let rtnl: Rtnl;
let cable: PtyBridge;
let kernel: KernelDevice;
let ownerBus: PrivateBus;
let endpointBus: PrivateBus;
let stack: Stack;

const shared = new CleanUp();
afterAll(() => shared[Symbol.asyncDispose]());
expectNoDescriptorLeft();

beforeAll(async () => {
  rtnl = shared.use(new Rtnl());
  cable = shared.use(new PtyBridge());
  const [ours, theirs] = cable.paths;
  kernel = shared.use(KernelDevice.attach(theirs));
  await rtnl.up(kernel.index);
  // 6.1 hears nothing on a link without an EID, not even what goes to EID 0, so an endpoint has one to begin with. This
  // one is the owner's own, so that it is bound to be given another.
  await rtnl.addEid(kernel.index, OWNER);
  shared.use(new KernelResponder({ control: false }));
  ownerBus = shared.use(await PrivateBus.start());
  endpointBus = shared.use(await PrivateBus.start());
  const asEndpoint = `mode = "endpoint"\nstate = false\n[mctp]\nuuid = "${ENDPOINT_UUID}"\n`;
  shared.use(await DaemonProcess.start(endpointBus, asEndpoint));
  const link = linkTable('serial0', { binding: 'serial', path: ours, eid: OWNER, discover: 'probe' });
  shared.use(await DaemonProcess.start(ownerBus, `backend = "user"\nstate = false\n${link}`));
  const socket = await property(ownerBus, ROOT_PATH, Iface.ownManager, 'ClientSocket');
  const client = await connectClient({ socket: JSON.parse(socket.replace(/^s /, '')) as string });
  shared.defer(() => client.close());
  stack = new Stack(client);
  const echoing = echo();
  shared.defer(async () => {
    await stack.close();
    await echoing;
  });
});

/** Sends back what comes to the owner. Ends with the stack. */
async function echo(): Promise<void> {
  const listener = await stack.listener(ECHO_TYPE, 0);
  for await (const request of listener) await request.resp.send(request.payload);
}

async function property(bus: PrivateBus, path: string, iface: string, name: string): Promise<string> {
  const { stdout, stderr } = await bus.busctl('get-property', SERVICE_NAME, path, iface, name);
  return stdout.trim() || stderr.trim();
}

async function shown(bus: PrivateBus, path: string): Promise<true> {
  return eventually(path, async () =>
    (await bus.busctl('tree', '--list', SERVICE_NAME)).stdout.split('\n').includes(path) ? true : undefined,
  );
}

async function ask(type: number, payload: Uint8Array): Promise<Uint8Array> {
  const channel = await stack.req(ENDPOINT, ANSWER_MS);
  try {
    await channel.send(type, payload);
    return (await channel.recv()).payload;
  } finally {
    await channel.close();
  }
}

const random = seededRandom(3);

function payload(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function expectEcho(length: number, from: 'owner' | 'kernel'): Promise<void> {
  const sent = payload(length);
  const back =
    from === 'owner'
      ? await ask(ECHO_TYPE, sent)
      : await kernelRequest({ eid: OWNER, type: ECHO_TYPE }, sent);
  expect([back.length, digest(back)]).toEqual([length, digest(sent)]);
}

test('R-DISC-144: the owner finds the endpoint by itself and gives it an EID, and each publishes both', async () => {
  await shown(ownerBus, endpointPath(1, ENDPOINT));
  expect(await property(ownerBus, endpointPath(1, ENDPOINT), Iface.uuid, 'UUID')).toBe(
    `s "${ENDPOINT_UUID}"`,
  );
  expect(await rtnl.eids(kernel.index)).toEqual([ENDPOINT]);
  await shown(endpointBus, endpointPath(1, ENDPOINT));
  await shown(endpointBus, endpointPath(1, OWNER));
  expect(await rtnl.routes()).toEqual([`${OWNER} via ${kernel.index} mtu 68`]);
  expect(await property(endpointBus, linkPath(kernel.name), Iface.link, 'Role')).toBe('s "Endpoint"');
});

test('60 000 bytes there and back, asked by a client of the owner and by a program on the kernel', async () => {
  await expectEcho(60_000, 'owner');
  await expectEcho(60_000, 'kernel');
});

test('65 536 bytes towards the kernel', async () => {
  const sent = payload(65_535);
  expect(Buffer.from(await ask(DIGEST_TYPE, sent)).toString('hex')).toBe(digest(sent));
});

test('65 536 bytes there and back with a transmit queue of 2048 packets in the kernel', async () => {
  await rtnl.transmitQueue(kernel.index, 2048);
  await expectEcho(65_535, 'owner');
  await expectEcho(65_535, 'kernel');
});

test('1000 messages of random length, each sent back whole', async () => {
  for (let i = 0; i < 1000; i++) {
    await expectEcho(Math.floor(random.next() ** 4 * 4096), i % 2 === 0 ? 'owner' : 'kernel');
  }
});

test('R-DISC-11: the owner gets through to a kernel that went deaf', async () => {
  cable.disturbRight(hex('7e'));
  const call = ['call', SERVICE_NAME, linkPath('serial0'), Iface.busOwner, 'LearnEndpoint', 'ay', '0'];
  expect((await ownerBus.busctl(...call)).stdout).toBe(
    `yisb ${ENDPOINT} 1 "${endpointPath(1, ENDPOINT)}" true\n`,
  );
  await expectEcho(100, 'owner');
});
