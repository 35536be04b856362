import { Iface, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { Variant } from '../../src/bus/variant';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import type { RawDevice } from '../support/raw-device';
import { VirtualManager } from '../support/virtual-manager';

/** Somebody else owns the bus: what he says goes in as packets, and what he hears is compared byte by byte. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const PROPERTIES = 'org.freedesktop.DBus.Properties';
/** Message types control and PLDM. */
const TYPES = '05 00 02 00 01';
const NO_UUID = '03 05';

/** EID 9 at 0x20 owns the bus. Its requests go to whoever is at our address, ours come to its EID. */
class Owner {
  constructor(
    private readonly device: RawDevice,
    private readonly eid = '09',
  ) {}

  /** The answer to a request, and whatever else came with it. */
  async ask(request: string): Promise<string[]> {
    return await this.device.say(`01 00 ${this.eid} c9 00 ${request}`);
  }

  /** Answers a request of ours, which is checked first. @returns what we say next */
  async answer(packet: string | undefined, from: string, command: string, data: string): Promise<string[]> {
    const [, flags = '', iid = ''] =
      new RegExp(`^01${this.eid}${from}(c[89a-f])00([89][0-9a-f])${command}$`).exec(packet ?? '') ?? [];
    expect({ packet, flags }).toEqual({ packet, flags: expect.stringMatching(/^c[89a-f]$/) as string });
    const tag = (parseInt(flags, 16) & 0x07) | 0xc0;
    const instance = parseInt(iid, 16) & 0x1f;
    return await this.device.say(`01 ${from} ${this.eid} ${byte(tag)} 00 ${byte(instance)} ${data}`);
  }

  /** Assigns an EID and answers what it is asked for. @returns the answer to Set Endpoint ID */
  async assign(eid: string): Promise<string | undefined> {
    const [answer, types] = await this.ask(`83 01 00 ${eid}`);
    const [uuid] = await this.answer(types, eid, '05', TYPES);
    expect(await this.answer(uuid, eid, '03', NO_UUID)).toEqual([]);
    return answer;
  }
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

const endpoint = (): Promise<VirtualManager> => VirtualManager.start(bus, [], { link: { role: 'endpoint' } });

test('R-DISC-150 R-DISC-144 R-DISC-148 an EID comes from the bus owner, who is published after us', async () => {
  await using manager = await endpoint();
  await using device = await manager.daemon.attach('bus0', 0x20);
  const owner = new Owner(device);
  expect(await manager.client.eids()).toEqual([]);
  expect(await owner.ask('83 02')).toEqual(['010900c100030200000200']);

  expect(await owner.assign('32')).toBe('010932c100030100003200');
  expect(await manager.news()).toEqual([
    `InterfacesAdded ${endpointPath(1, 50)}`,
    `InterfacesAdded ${endpointPath(1, 9)}`,
  ]);
  expect(await manager.published(9, Iface.endpoint, 'SupportedMessageTypes')).toEqual(Buffer.from([0, 1]));
  expect(await manager.published(9, Iface.ownEndpoint, 'PhysicalAddress')).toEqual(Buffer.from([0x20]));
  expect(await manager.client.get(networkPath(1), Iface.network, 'LocalEIDs')).toEqual(Buffer.from([50]));
  expect(await owner.ask('83 02')).toEqual(['010932c100030200320200']);
  // A bus without a Discovered flag.
  expect(await owner.ask('83 0b')).toEqual(['010932c100030b05']);
  expect(await owner.ask('83 0c')).toEqual(['010932c100030c02']);
});

test('R-DISC-146 the same again changes nothing', async () => {
  await using manager = await endpoint();
  await using device = await manager.daemon.attach('bus0', 0x20);
  const owner = new Owner(device);
  await owner.assign('32');
  await manager.news();
  expect(await owner.ask('83 01 00 32')).toEqual(['010932c100030100003200']);
  expect(await manager.news()).toEqual([]);
});

test('R-DISC-143 R-DISC-144 a second owner takes over', async () => {
  await using manager = await endpoint();
  await using first = await manager.daemon.attach('bus0', 0x20);
  await using second = await manager.daemon.attach('bus0', 0x21);
  await new Owner(first).assign('32');
  await manager.news();
  expect(await new Owner(second, '0b').assign('33')).toBe('010b33c100030100003300');
  expect(await manager.news()).toEqual([
    `InterfacesRemoved ${endpointPath(1, 50)}`,
    `InterfacesRemoved ${endpointPath(1, 9)}`,
    `InterfacesAdded ${endpointPath(1, 51)}`,
    `InterfacesAdded ${endpointPath(1, 11)}`,
  ]);
});

test('R-DISC-142 R-DISC-147 R-DISC-145 what is refused changes nothing', async () => {
  await using manager = await endpoint();
  await using device = await manager.daemon.attach('bus0', 0x20);
  const owner = new Owner(device);
  const refused: readonly (readonly [string, string])[] = [
    ['83 01 00 07', '030102'],
    ['83 01 00 ff', '030102'],
    ['83 01 02 32', '030102000000'],
    ['83 01 03 32', '030102'],
    ['83 01 00', '030103'],
    ['83 01 00 09', '030101'],
    ['83 08 00 03 0a', '030805'],
    ['83 09 00', '030905'],
    ['83 0d', '030d05'],
  ];
  for (const [request, answer] of refused) {
    expect({ request, answers: await owner.ask(request) }).toEqual({
      request,
      answers: [`010900c100${answer}`],
    });
  }
  expect(await new Owner(device, '00').ask('83 01 00 32')).toEqual(['010000c100030101']);
  expect(await manager.client.eids()).toEqual([]);
});

test('R-DBUS-13 R-DBUS-14 R-DISC-141 a role by D-Bus: an EID until then, our own afterwards', async () => {
  await using manager = await VirtualManager.start(bus, [{ address: 0x30 }], { link: { role: 'unknown' } });
  await using device = await manager.daemon.attach('bus0', 0x20);
  const owner = new Owner(device);
  const setRole = (role: string): Promise<string> =>
    manager.call(linkPath('bus0'), PROPERTIES, 'Set', 'ssv', Iface.link, 'Role', new Variant('s', role));
  expect(await setRole('BusOwner')).toBe('');
  expect(await owner.ask('83 01 00 32')).toEqual(['010908c100030105']);
  expect(await manager.client.eids()).toEqual([8]);
  expect(await setRole('Endpoint')).toBe('org.freedesktop.DBus.Error.InvalidArgs: Role is already set.');
  expect(await manager.setUp(0x30)).toBe(`9 1 ${endpointPath(1, 9)} true`);
});

test('R-DISC-83 R-DBUS-27 our own EID cannot be removed, the bus owner can', async () => {
  await using manager = await endpoint();
  await using device = await manager.daemon.attach('bus0', 0x20);
  await new Owner(device).assign('32');
  expect(await manager.endpoint(50, 'Remove')).toMatch(/^org\.freedesktop\.DBus\.Error\.Failed: /);
  expect(await manager.endpoint(9, 'Remove')).toBe('');
  expect(await manager.client.eids()).toEqual([50]);
  expect(device.heard()).toEqual([]);
});
