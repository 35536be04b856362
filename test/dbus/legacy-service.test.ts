import { Iface, LegacyIface, LEGACY_ROOT_PATH as ROOT } from '../../src/base/bus-names';
import { BusError } from '../../src/bus/call';
import { Variant } from '../../src/bus/variant';
import { PrivateBus } from '../support/private-bus';
import { RECORDED, endpoint, link } from './harness';
import { LegacyHarness } from './legacy-harness';

const at = (eid: number, network = 1): string => `${ROOT}/${network}/${eid}`;
const STANDARD = [Iface.peer, Iface.introspectable, Iface.properties];
const NONE = Object.fromEntries(STANDARD.map((name) => [name, {}]));

let bus: PrivateBus;
let harness: LegacyHarness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

beforeEach(async () => {
  harness = await LegacyHarness.start(bus);
});

afterEach(() => harness.stop());

afterAll(() => bus.stop());

/** Endpoint 10 of the recorded output, under its old names. */
const TEN = {
  [Iface.uuid]: { UUID: new Variant('s', '595a522d-77c5-4628-8400-37bfb41b710d') },
  [LegacyIface.endpoint]: {},
  [Iface.endpoint]: {
    NetworkId: new Variant('i', 1),
    EID: new Variant('y', 10),
    SupportedMessageTypes: new Variant('ay', Buffer.of(0, 1, 126, 127)),
    VendorDefinedMessageTypes: new Variant('a(yvq)', [
      [0, new Variant('q', 32902), 1],
      [1, new Variant('u', 40981), 2],
    ]),
  },
};

describe('R-CONS-46 endpoints under their old names', () => {
  test('R-CONS-5 R-CONS-14 one signal from the old root carries all interfaces with all properties', async () => {
    const [, , ten] = RECORDED;
    if (ten !== undefined) harness.registry.addEndpoint(ten);
    const signals = await harness.takeSignals();
    expect(signals).toHaveLength(1);
    expect(signals[0]).toMatchObject({ path: ROOT, iface: Iface.objectManager, member: 'InterfacesAdded' });
    expect(signals[0]?.body).toEqual([at(10), { ...NONE, ...TEN }]);
  });

  test('NetworkId is an INT32 wherever it is asked for', async () => {
    harness.publishRecorded();
    const network = new Variant('i', 1);
    const get = ['org.freedesktop.DBus.Properties', 'Get', 'ss', [Iface.endpoint, 'NetworkId']] as const;
    expect(await harness.call(at(8), ...get)).toEqual([network]);
    expect(await harness.getAll(at(9), Iface.endpoint)).toMatchObject([{ NetworkId: network }]);
    expect((await harness.objects())[at(10)]).toEqual({ ...NONE, ...TEN });
  });

  test('R-CONS-6 a removal names every interface, a re-query is one removal and one addition', async () => {
    harness.registry.addEndpoint(endpoint(9));
    harness.registry.removeEndpoint(1, 9);
    harness.registry.addEndpoint(endpoint(9, { types: [0, 4] }));
    const [, removed, added, ...others] = await harness.takeSignals();
    expect(removed).toMatchObject({ path: ROOT, member: 'InterfacesRemoved', signature: 'oas' });
    expect(removed?.body).toEqual([at(9), [...STANDARD, LegacyIface.endpoint, Iface.endpoint]]);
    expect(added?.body[1]).toMatchObject({
      [Iface.endpoint]: { SupportedMessageTypes: new Variant('ay', Buffer.of(0, 4)) },
    });
    expect(others).toEqual([]);
  });

  test('what changes on the current interfaces only is not told', async () => {
    harness.registry.addEndpoint(endpoint(11));
    await harness.takeSignals();
    harness.registry.updateEndpoint(endpoint(11, { connectivity: 'Degraded' }), 'endpoint-changed');
    harness.registry.updateEndpoint(endpoint(11, { pool: { start: 12, end: 13 } }), 'pool-allocated');
    harness.registry.putLink({ link: link(), role: 'BusOwner' });
    expect(await harness.takeSignals()).toEqual([]);
    expect(Object.keys(await harness.objects())).toEqual([at(11)]);
  });

  test('R-CONS-7 state before signal: a client that calls back sees the object, or that it is gone', async () => {
    const seen: Promise<string>[] = [];
    await harness.client.onSignal({ path: ROOT, iface: Iface.objectManager }, ({ member, body }) => {
      const there = harness.getAll(String(body[0]), Iface.endpoint).then(
        () => 'there',
        (error: unknown) => (error instanceof BusError ? error.errorName : String(error)),
      );
      seen.push(there.then((answer) => `${member} ${answer}`));
    });
    harness.registry.addEndpoint(endpoint(9));
    await harness.takeSignals();
    await Promise.all(seen);
    harness.registry.removeEndpoint(1, 9);
    await harness.takeSignals();
    expect(await Promise.all(seen)).toEqual([
      'InterfacesAdded there',
      'InterfacesRemoved org.freedesktop.DBus.Error.UnknownObject',
    ]);
  });

  test('R-CONS-13 GetManagedObjects is never empty, and what it lists exists', async () => {
    expect(await harness.objects()).toEqual({ [`${ROOT}/1`]: NONE });
    expect(await harness.getAll(`${ROOT}/1`, '')).toEqual([{}]);
    harness.publishRecorded();
    expect(Object.keys(await harness.objects())).toEqual(RECORDED.map(({ eid }) => at(eid)));
  });

  test('R-CONS-30 always-publish-uuid holds here too', async () => {
    harness.stop();
    harness = await LegacyHarness.start(bus, true);
    harness.registry.addEndpoint(endpoint(9));
    expect(await harness.getAll(at(9), Iface.uuid)).toEqual([
      { UUID: new Variant('s', '00000000-0000-0000-0000-000000000000') },
    ]);
  });

  test('R-CONS-23 an orderly shutdown takes back the endpoints of user-space links, and follows nothing more', async () => {
    harness.publishRecorded();
    await harness.takeSignals();
    harness.service.removeEndpointsOfUserLinks();
    harness.registry.removeEndpoint(1, 9);
    const removed = (await harness.takeSignals()).map(({ member, body }) => `${member} ${String(body[0])}`);
    expect(removed).toEqual(RECORDED.map(({ eid }) => `InterfacesRemoved ${at(eid)}`));
  });
});

describe('R-CONS-46 methods are forwarded', () => {
  test('Remove and SetMTU', async () => {
    harness.registry.addEndpoint(endpoint(9));
    harness.operations.remove.mockResolvedValue(undefined);
    harness.operations.setMtu.mockResolvedValue(undefined);
    expect(await harness.call(at(9), LegacyIface.endpoint, 'SetMTU', 'u', [254])).toEqual([]);
    expect(harness.operations.setMtu).toHaveBeenCalledWith(1, 9, 254);
    expect(await harness.call(at(9), LegacyIface.endpoint, 'Remove')).toEqual([]);
    expect(harness.operations.remove).toHaveBeenCalledWith(1, 9);
  });

  test.each([
    ['SetupEndpoint', 'setupEndpoint'],
    ['AssignEndpoint', 'assignEndpoint'],
  ] as const)('R-CONS-47 %s takes the link by its name, and answers yisb', async (member, operation) => {
    harness.publishRecorded();
    harness.operations[operation].mockResolvedValue({ network: 1, eid: 14, isNew: true });
    const body = ['mctp0', Buffer.of(0x1d)];
    expect(await harness.call(ROOT, LegacyIface.root, member, 'say', body)).toEqual([14, 1, at(14), true]);
    expect(harness.operations[operation]).toHaveBeenCalledWith(1, Uint8Array.of(0x1d));
  });

  test('R-CONS-47 LearnEndpoint, with and without an EID', async () => {
    harness.publishRecorded();
    harness.operations.learnEndpoint.mockResolvedValueOnce({ network: 1, eid: 9, isNew: false });
    harness.operations.learnEndpoint.mockResolvedValueOnce(undefined);
    const learn = (): Promise<readonly unknown[]> =>
      harness.call(ROOT, LegacyIface.root, 'LearnEndpoint', 'say', ['mctp0', Buffer.of(0x1d)]);
    expect(await learn()).toEqual([9, 1, at(9), true]);
    expect(await learn()).toEqual([0, 0, '', false]);
  });

  test('R-CONS-47 a link that is not there', async () => {
    const call = harness.call(ROOT, LegacyIface.root, 'SetupEndpoint', 'say', ['mctp9', Buffer.of(1)]);
    await expect(call).rejects.toMatchObject({
      errorName: 'org.freedesktop.DBus.Error.InvalidArgs',
      message: 'Unknown MCTP interface',
    });
  });
});
