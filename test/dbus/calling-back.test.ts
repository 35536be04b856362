import { BusError } from '../../src/bus/call';
import { Variant } from '../../src/bus/variant';
import { PrivateBus } from '../support/private-bus';
import { Harness, ROOT, endpoint, link } from './harness';

/** What a client sees that calls back: inside a signal handler, after a reply, in one go. */

const OM = 'org.freedesktop.DBus.ObjectManager';
const ENDPOINT1 = 'au.com.codeconstruct.MCTP.Endpoint1';
const ENDPOINT = 'xyz.openbmc_project.MCTP.Endpoint';
const LINK = `${ROOT}/interfaces/mctp0`;
const at = (eid: number): string => `${ROOT}/networks/1/endpoints/${eid}`;

let bus: PrivateBus;
let harness: Harness;

beforeAll(async () => {
  bus = await PrivateBus.start();
});

beforeEach(async () => {
  harness = await Harness.start(bus);
});

afterEach(() => harness.stop());

afterAll(() => bus.stop());

describe('R-CONS-7 R-CONS-24 R-CONS-26 state before signal', () => {
  test('a client that calls back inside its handler never sees a missing or a stale object', async () => {
    const seen: string[] = [];
    const waiting: Promise<void>[] = [];
    await harness.client.onSignal({ path: ROOT, iface: OM }, (signal) => {
      const path = String(signal.body[0]);
      const back = harness
        .get(path, ENDPOINT1, 'Connectivity')
        .then(() => 'there')
        .catch(
          (error: unknown) =>
            error instanceof BusError && error.errorName.replace('org.freedesktop.DBus.Error.', ''),
        );
      const listed = harness
        .call(ROOT, OM, 'GetManagedObjects')
        .then(([objects]) => Object.hasOwn(objects as object, path));
      waiting.push(
        Promise.all([back, listed]).then(([got, isListed]) => {
          seen.push(`${signal.member} ${String(got)} ${isListed}`);
        }),
      );
    });
    harness.registry.addEndpoint(endpoint(9));
    await harness.takeSignals();
    await Promise.all(waiting);
    harness.registry.removeEndpoint(1, 9);
    await harness.takeSignals();
    await Promise.all(waiting);
    expect(seen).toEqual(['InterfacesAdded there true', 'InterfacesRemoved UnknownObject false']);
  });

  test('R-DBUS-19 R-CONS-26 InterfacesAdded comes before the reply of the method that caused it', async () => {
    harness.registry.putLink({ link: link(), role: 'BusOwner' });
    await harness.takeSignals();
    const order: string[] = [];
    await harness.client.onSignal({ member: 'InterfacesAdded' }, () => order.push('signal'));
    harness.operations.setupEndpoint.mockImplementation(() => {
      harness.registry.addEndpoint(endpoint(9));
      return Promise.resolve({ network: 1, eid: 9, isNew: true });
    });
    await harness.call(LINK, 'au.com.codeconstruct.MCTP.BusOwner1', 'SetupEndpoint', 'ay', [Buffer.of(0x19)]);
    order.push('reply');
    expect(order).toEqual(['signal', 'reply']);
  });
});

describe('reading', () => {
  test('R-CONS-20 GetAll of the Endpoint interface has all of its properties', async () => {
    harness.registry.addEndpoint(endpoint(9));
    expect(await harness.getAll(at(9), ENDPOINT)).toEqual([
      {
        NetworkId: new Variant('u', 1),
        EID: new Variant('y', 9),
        SupportedMessageTypes: new Variant('ay', Buffer.of(0)),
        VendorDefinedMessageTypes: new Variant('a(yvq)', []),
      },
    ]);
  });

  test('R-DBUS-31 GetAll of "" merges all interfaces', async () => {
    harness.publishRecorded();
    const [all] = await harness.getAll(LINK, '');
    expect(Object.keys(all as object).sort()).toEqual(
      [
        'Backend',
        'Binding',
        'Index',
        'MaxMTU',
        'MinMTU',
        'Name',
        'NetworkId',
        'PhysicalAddress',
        'Role',
        'Up',
      ].sort(),
    );
  });

  test('R-CONS-3 paths are the ones that clients construct', async () => {
    harness.registry.addNetwork(2147483647);
    harness.registry.addEndpoint(endpoint(100, { network: 2147483647 }));
    harness.registry.putLink({ link: link({ name: 'mctpi2c0' }), role: 'BusOwner' });
    const [objects] = await harness.call(ROOT, OM, 'GetManagedObjects');
    expect(Object.keys(objects as object)).toEqual([
      '/au/com/codeconstruct/mctp1/networks/2147483647',
      '/au/com/codeconstruct/mctp1/networks/2147483647/endpoints/100',
      '/au/com/codeconstruct/mctp1/interfaces/mctpi2c0',
    ]);
  });
});
