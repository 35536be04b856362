import { nullLog } from '../../src/base/log';
import { bindingKind, bindingKinds } from '../../src/bindings/catalog';
import type { BindingParts } from '../../src/bindings/catalog';
import { LoopbackBus } from '../../src/bindings/loopback';
import { TestClock } from '../support/test-clock';
import { FakePorts } from './serial/fake-ports';
import { Recorder } from './recorder';

function parts() {
  const serialPorts = new FakePorts();
  const buses = new Map<string, LoopbackBus>();
  const given: BindingParts = {
    clock: new TestClock(),
    log: nullLog,
    serialPorts,
    loopback: (name) => {
      const bus = buses.get(name) ?? new LoopbackBus({ name });
      buses.set(name, bus);
      return bus;
    },
    packetSockets: { connect: () => Promise.reject(new Error('none')) },
  };
  return { given, serialPorts, buses };
}

const create = (binding: string, options: unknown, given = parts().given) =>
  bindingKind(binding).create({ name: 'link0', options }, given);

describe('catalogue', () => {
  test('serial, with the defaults of its keys', async () => {
    const { given, serialPorts } = parts();
    const binding = create('serial', { path: '/dev/ttyS4' }, given);
    await binding.open(new Recorder());
    expect(serialPorts.last.line).toMatchObject({ path: '/dev/ttyS4', baud: 115200, peerRecovery: true });
    expect(bindingKind('serial').options.parse({ path: '/dev/ttyS4' })).toEqual({
      path: '/dev/ttyS4',
      baud: 115200,
      peer_recovery: true,
    });
    await binding.close();
  });

  test.each(['serial', 'loopback', 'sim'])('%s: the line agrees with the binding', (name) => {
    const kind = bindingKind(name);
    const options = { serial: { path: '/dev/ttyS4' }, loopback: {}, sim: { socket: '/run/bus' } }[name];
    const { info } = create(name, options);
    expect(info.kind).toBe(name);
    expect(info).toMatchObject({
      physicalBinding: kind.physicalBinding,
      minMtu: kind.minMtu,
      maxMtu: kind.maxMtu,
    });
    expect(kind.discover).toBe(info.pointToPoint ? 'probe' : 'static');
    // The packet size is the link's, not the binding's.
    expect(kind.options.safeParse({ ...options, mtu: 68 }).success).toBe(false);
  });

  test.each([
    ['serial', {}, /path/],
    ['serial', { path: 'ttyS4' }, /path: must be an absolute path/],
    ['serial', { path: '/dev/ttyS4', baud: 299 }, /baud/],
    ['serial', { path: '/dev/ttyS4', baud: 4_000_001 }, /baud/],
    ['serial', { path: '/dev/ttyS4', peer_recovery: 'yes' }, /peer_recovery/],
    ['serial', { path: '/dev/ttyS4', bus: 3 }, /bus/],
    ['loopback', { path: '/dev/ttyS4' }, /path/],
    ['sim', { socket: 'bus' }, /socket: must be an absolute path/],
    ['sim', 'socket', /expected/],
  ])('%s refuses %j', (name, options, message) => {
    expect(() => create(name, options)).toThrow(message);
    expect(() => create(name, options)).toThrow(expect.objectContaining({ code: 'configuration' }) as Error);
  });

  test('loopback links of one name share a bus', () => {
    const { given, buses } = parts();
    expect(Array.from(create('loopback', {}, given).info.address)).toEqual([0x10]);
    expect(() => create('loopback', {}, given)).toThrow('another device');
    expect(buses.size).toBe(1);
  });

  test.each([
    ['i2c', /slave-mqueue/],
    ['pcie', /packet device/],
    ['carrier-pigeon', /there are serial, loopback, sim/],
  ])('%s: not supported, and why', (name, message) => {
    expect(() => bindingKind(name)).toThrow(message);
    expect(() => bindingKind(name)).toThrow(expect.objectContaining({ code: 'not-supported' }) as Error);
    expect(bindingKinds.has(name)).toBe(false);
  });
});
