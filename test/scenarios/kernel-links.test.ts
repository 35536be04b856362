import { Iface, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import type { LogLine } from '../support/daemon';
import type { FakeKernel } from '../support/fake-kernel/fake-kernel';
import { I2C, KernelManager } from '../support/kernel-manager';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const warnings = (log: readonly LogLine[]): string[] =>
  log.filter(([level]) => level === 'warn' || level === 'error').map(([, text]) => text);

/** Every answer of netlink as a refusal, EINVAL, under the sequence number it came with. */
function refusal(answer: Buffer): Buffer {
  const refused = Buffer.from(answer.subarray(0, 20));
  refused.writeUInt32LE(20, 0);
  refused.writeUInt16LE(2, 4);
  refused.writeInt32LE(-22, 16);
  return refused;
}

test('D-10 with a file of mctpd and MCTP in the kernel a device is set up, route and neighbour installed', async () => {
  await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
    configuration: '[mctp]\nmessage_timeout_ms = 30\n[bus-owner]\ndynamic_eid_range = [9, 30]\n',
  });
  expect(await manager.paths()).toEqual(['interfaces/lo', 'interfaces/mctpi2c3', 'networks/1/endpoints/8']);
  expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
  expect(manager.kernel.state.routes).toMatchObject([{ first: 9, extent: 0, mtu: 68, link: 2 }]);
  expect(manager.kernel.state.neighbours).toEqual([{ link: 2, eid: 9, address: Buffer.of(0x20) }]);
  expect(await manager.property(endpointPath(1, 9), Iface.endpoint, 'NetworkId')).toBe(1);
  expect(await manager.call(endpointPath(1, 9), Iface.endpoint1, 'SetMTU', 'u', 254)).toBe('');
  expect(manager.kernel.state.routes).toMatchObject([{ first: 9, mtu: 254 }]);
  expect(await manager.call(endpointPath(1, 9), Iface.endpoint1, 'Remove')).toBe('');
  expect(manager.kernel.state).toMatchObject({ routes: [], neighbours: [] });
  expect(await manager.setUp(0x21)).toMatch(/did not respond$/);
  expect(warnings(manager.daemon.log)).toEqual([]);
});

test('an EID that somebody else gave is learnt through the routes of the kernel', async () => {
  await using manager = await KernelManager.start(bus, [{ address: 0x20, eid: 40 }]);
  await manager.kernel.plug('other', { network: 1 });
  manager.kernel.state.routes = [{ first: 40, extent: 0, mtu: 68, link: 2 }];
  manager.kernel.state.neighbours = [{ link: 2, eid: 40, address: Buffer.of(0x20) }];
  expect(await manager.call(networkPath(1), Iface.network, 'LearnEndpoint', 'y', 40)).toBe(
    `${endpointPath(1, 40)} true`,
  );
});

describe('R-DISC-169 what the kernel still routes when we start', () => {
  const STATELESS = 'state = false\n';
  const routes = (kernel: FakeKernel): void => {
    kernel.state.routes = [9, 20].map((first) => ({ first, extent: 0, mtu: 68, link: 2 }));
    kernel.state.neighbours = [9, 20].map((eid) => ({ link: 2, eid, address: Buffer.of(eid) }));
  };

  test('whoever answers is an endpoint again, the paths are left alone, and the other EID is given last', async () => {
    await using manager = await KernelManager.start(bus, [{ address: 20, eid: 20 }, { address: 0x22 }], {
      ...{ configuration: STATELESS, prepare: routes },
    });
    await manager.daemon.clock.advance(2000);
    expect(await manager.paths()).toContain('networks/1/endpoints/20');
    expect(await manager.paths()).not.toContain('networks/1/endpoints/9');
    expect(manager.kernel.asked.filter((each) => each.startsWith('24 ') || each.startsWith('28 '))).toEqual(
      [],
    );
    expect(await manager.setUp(20)).toBe(`20 1 ${endpointPath(1, 20)} false`);
    expect(await manager.setUp(0x22)).toBe(`21 1 ${endpointPath(1, 21)} true`);
    expect(warnings(manager.daemon.log)).toEqual([]);
  });

  test('R-DISC-30 an EID that is given on another link takes the stale route over', async () => {
    await using manager = await KernelManager.start(bus, [], {
      ...{
        configuration: STATELESS,
        further: [{ name: 'i2c4', kind: 'loopback', device: [{ address: 0x30 }] }],
      },
      prepare: async (kernel, loopback) => {
        routes(kernel);
        await kernel.plug('mctpi2c4', { bus: loopback.of('i2c4'), ...I2C, eids: [30] });
      },
    });
    await manager.daemon.clock.advance(2000);
    const [iface, address] = [linkPath('mctpi2c4'), Buffer.of(0x30)];
    expect(await manager.call(iface, Iface.busOwner, 'AssignEndpointStatic', 'ayy', address, 9)).toBe(
      `9 1 ${endpointPath(1, 9)} true`,
    );
    expect(manager.kernel.state.routes).toMatchObject([
      { first: 9, link: 3 },
      { first: 20, link: 2 },
    ]);
  });
});

test('R-DISC-123 R-DISC-125 R-DISC-126 links of the kernel come, change and go while the daemon runs', async () => {
  await using manager = await KernelManager.start(bus, [{ address: 0x20 }]);
  await manager.setUp(0x20);
  const link = manager.link();
  manager.kernel.set(link, { up: false });
  await manager.daemon.clock.advance(10);
  expect(await manager.property(linkPath('mctpi2c3'), Iface.ownLink, 'Up')).toBe(false);
  manager.kernel.set(link, { up: true, network: 5 });
  await manager.daemon.clock.advance(10);
  expect(await manager.paths()).toEqual([
    'interfaces/lo',
    'interfaces/mctpi2c3',
    'networks/5/endpoints/8',
    'networks/5/endpoints/9',
  ]);
  manager.kernel.unplug(link);
  await manager.daemon.clock.advance(10);
  expect(await manager.paths()).toEqual(['interfaces/lo']);
});

test('R-DISC-140 requests to us are answered on links of the kernel', async () => {
  await using manager = await KernelManager.start(bus, []);
  await using device = await manager.daemon.attach('i2c', 0x30);
  expect(await device.say('01 08 00 c8 00 80 02')).toEqual(['010008c000000200081200']);
});

describe('[[interface]]', () => {
  const sysfs = { devicePath: '/devices/platform/ahb/1e78a000.i2c/i2c-3/i2c-3' };

  test('R-DISC-121 the first rule that matches gives the role', async () => {
    const rules = '[[interface]]\nmatch = { path = "/devices/*/i2c-3*" }\nrole = "endpoint"\n';
    await using manager = await KernelManager.start(bus, [], {
      configuration: `${rules}[[interface]]\nmatch = "all"\nrole = "bus-owner"\n`,
      link: sysfs,
    });
    expect(await manager.property(linkPath('mctpi2c3'), Iface.link, 'Role')).toBe('Endpoint');
    expect(await manager.property(linkPath('lo'), Iface.link, 'Role')).toBe('BusOwner');
  });

  test('R-DISC-124 another device under the index of one that is gone gets its own rule', async () => {
    const rules = '[[interface]]\nmatch = { path = "/devices/*/i2c-3*" }\nrole = "endpoint"\n';
    await using manager = await KernelManager.start(bus, [], { configuration: rules, link: sysfs });
    const { index } = manager.link();
    manager.kernel.unplug(manager.link());
    await manager.daemon.clock.advance(100);
    await manager.kernel.plug('mctpi2c4', { index });
    await manager.daemon.clock.advance(100);
    expect(await manager.property(linkPath('mctpi2c4'), Iface.link, 'Role')).toBe('BusOwner');
  });

  test('a physical type matches where the kernel tells it', async () => {
    const configuration = '[[interface]]\nmatch = { phys-type = "i2c" }\nrole = "endpoint"\n';
    const link = { physicalBinding: 1 };
    await using told = await KernelManager.start(bus, [], { configuration, link, kernel: { isNew: true } });
    expect(await told.property(linkPath('mctpi2c3'), Iface.link, 'Role')).toBe('Endpoint');
    await told[Symbol.asyncDispose]();
    await using untold = await KernelManager.start(bus, [], { configuration, link });
    expect(await untold.property(linkPath('mctpi2c3'), Iface.link, 'Role')).toBe('BusOwner');
  });

  test('D-9 its devices are set up at start, also on a link that comes later', async () => {
    const device = '[[interface.endpoint]]\naddress = [0x20]\neid = 20\n';
    await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
      configuration: `[[interface]]\nmatch = "all"\n${device}`,
    });
    await manager.daemon.clock.advance(1000);
    expect(await manager.paths()).toContain('networks/1/endpoints/20');
  });
});

describe('D-10 beside user-space links', () => {
  const own = (keys = ''): string =>
    `state = false\n[[link]]\nname = "bus0"\nbinding = "loopback"\ndiscover = "off"\n${keys}`;
  const further = [{ name: 'bus0', kind: 'loopback', device: [{ address: 0x40 }] }];

  test('both are managed, in networks of their own', async () => {
    await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
      configuration: own(),
      further,
    });
    expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
    expect(await manager.setUp(0x40, 'bus0')).toBe(`9 2 ${endpointPath(2, 9)} true`);
    expect(await manager.paths()).toEqual([
      ...['interfaces/bus0', 'interfaces/lo', 'interfaces/mctpi2c3'],
      ...['networks/1/endpoints/8', 'networks/1/endpoints/9'],
      ...['networks/2/endpoints/8', 'networks/2/endpoints/9'],
    ]);
  });

  test('a configured network that the kernel has is refused at start', async () => {
    await expect(
      KernelManager.start(bus, [], { configuration: own('network = 1\n'), further }),
    ).rejects.toThrow(/the kernel has links in the network of a \[\[link\]\]/);
  });

  test('a link of the kernel that moves into their network is left out with one error, and is back in another', async () => {
    await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
      configuration: own(),
      further,
    });
    await manager.setUp(0x20);
    await manager.setUp(0x40, 'bus0');
    const link = manager.link();
    const move = async (network: number): Promise<string[]> => {
      manager.kernel.set(link, { network });
      await manager.daemon.clock.advance(100);
      return await manager.paths();
    };
    const ours = ['networks/2/endpoints/8', 'networks/2/endpoints/9'];
    expect(await move(2)).toEqual(['interfaces/bus0', 'interfaces/lo', ...ours]);
    manager.kernel.set(link, { up: false });
    expect(await manager.setUp(0x40, 'bus0')).toBe(`9 2 ${endpointPath(2, 9)} false`);
    const errors = manager.daemon.log.filter(([level]) => level === 'error');
    expect(errors.map(([, text, fields]) => `${text}: ${fields.link} ${fields.network}`)).toEqual([
      'a link of the kernel is left out: mctpi2c3 2',
    ]);
    expect(errors[0]?.[2].cause).toMatch(/put the link into another one/);
    manager.kernel.set(link, { up: true });
    expect(await move(3)).toEqual([
      ...['interfaces/bus0', 'interfaces/lo', 'interfaces/mctpi2c3'],
      ...[...ours, 'networks/3/endpoints/8'],
    ]);
    expect(await manager.setUp(0x20)).toBe(`9 3 ${endpointPath(3, 9)} true`);
  });

  test('a link that comes into their network is left out as well', async () => {
    await using manager = await KernelManager.start(bus, [], { configuration: own(), further });
    await manager.kernel.plug('mctpi2c4', { ...I2C, network: 2 });
    await manager.daemon.clock.advance(100);
    expect(await manager.paths()).not.toContain('interfaces/mctpi2c4');
    expect(warnings(manager.daemon.log)).toEqual(['a link of the kernel is left out']);
  });

  test('backend = "user" leaves the kernel alone, backend = "kernel" the [[link]] tables', async () => {
    await using user = await KernelManager.start(bus, [], {
      configuration: `backend = "user"\n${own()}`,
      further,
    });
    expect(await user.paths()).toEqual(['interfaces/bus0', 'networks/1/endpoints/8']);
    expect(user.kernel.asked).toEqual([]);
    await user[Symbol.asyncDispose]();
    await using kernel = await KernelManager.start(bus, [], {
      configuration: `backend = "kernel"\n${own()}`,
      further,
    });
    expect(await kernel.paths()).toEqual(['interfaces/lo', 'interfaces/mctpi2c3', 'networks/1/endpoints/8']);
  });
});

describe('what is missing is said', () => {
  test('no MCTP in the kernel: once, and the [[link]] tables are served', async () => {
    const configuration = 'state = false\n[[link]]\nname = "bus0"\nbinding = "loopback"\n';
    await using manager = await KernelManager.start(bus, [], { configuration, kernel: { hasMctp: false } });
    expect(await manager.paths()).toEqual(['interfaces/bus0', 'networks/1/endpoints/8']);
    const told = manager.daemon.log.filter(([, text]) => text.includes('kernel'));
    expect(told).toEqual([
      ['info', 'no links of the kernel, [[link]] tables only', { cause: 'this kernel has no AF_MCTP' }],
    ]);
  });

  test('tables of the kernel that cannot be read: the [[link]] tables are served all the same', async () => {
    const configuration = 'state = false\n[[link]]\nname = "bus0"\nbinding = "loopback"\n';
    await using manager = await KernelManager.start(bus, [], {
      configuration,
      kernel: { mangle: (datagrams) => datagrams.map(refusal) },
    });
    expect(await manager.paths()).toEqual(['interfaces/bus0', 'networks/1/endpoints/8']);
    expect(warnings(manager.daemon.log)).toEqual(['the links of the kernel are left out']);
  });

  test('backend = "kernel" without it does not start', async () => {
    const configuration = 'backend = "kernel"\n';
    await expect(KernelManager.start(bus, [], { configuration, kernel: { hasMctp: false } })).rejects.toThrow(
      /backend = "kernel" on a system without MCTP .*; backend = "auto" or "user" does without/,
    );
  });

  test('R-DISC-30 no CAP_NET_ADMIN: the caller is told, and nothing is left of the attempt', async () => {
    await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
      kernel: { may: { admin: false } },
    });
    expect(await manager.setUp(0x20)).toMatch(/The daemon lacks CAP_NET_ADMIN$/);
    expect(await manager.setUp(0x20)).toMatch(/The daemon lacks CAP_NET_ADMIN$/);
    expect(await manager.paths()).toEqual(['interfaces/lo', 'interfaces/mctpi2c3', 'networks/1/endpoints/8']);
    expect(manager.kernel.mctp.tagsInUse).toBe(0);
    expect(warnings(manager.daemon.log)).toEqual(['path not changed']);
  });

  test('R-DEMUX-46 another mctpd answers control requests: said loudly, and everything else works', async () => {
    await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
      prepare: (kernel) => void kernel.mctp.hold(0),
    });
    expect(await manager.setUp(0x20)).toBe(`9 1 ${endpointPath(1, 9)} true`);
    const errors = manager.daemon.log.filter(([level]) => level === 'error');
    expect(errors).toEqual([
      [
        'error',
        'requests of this type are not heard on links of the kernel',
        {
          messageType: 0,
          cause: expect.stringMatching(/mctpd.*end that one.*EADDRINUSE/) as unknown,
        },
      ],
    ]);
  });

  test('no capabilities: each error names the one that is missing', async () => {
    await using manager = await KernelManager.start(bus, [{ address: 0x20 }], {
      kernel: { may: { admin: false, raw: false, bind: false } },
    });
    expect(await manager.setUp(0x20)).toMatch(/CAP_NET_RAW/);
    const errors = manager.daemon.log.filter(([level]) => level === 'error');
    expect(errors.map(([, text]) => text)).toEqual([
      'requests of this type are not heard on links of the kernel',
    ]);
    expect(errors[0]?.[2].cause).toMatch(/CAP_NET_BIND_SERVICE/);
  });
});
