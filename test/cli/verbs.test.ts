import { Iface, ROOT_PATH, endpointPath, linkPath, networkPath } from '../../src/base/bus-names';
import { CliHarness } from './harness';

const PATH_9 = endpointPath(1, 9);

function answering(member: string, reply: readonly unknown[]): CliHarness {
  const cli = new CliHarness();
  cli.bus.on(member, () => reply);
  return cli;
}

describe('setup, assign, learn', () => {
  test('setup prints where the endpoint is', async () => {
    const cli = answering(`${Iface.busOwner}.SetupEndpoint`, [9, 1, PATH_9, true]);
    expect(await cli.run('setup', 'mctp0', '0x1d')).toEqual({
      code: 0,
      out: `1:9  new  ${PATH_9}\n`,
      err: '',
    });
    expect(cli.bus.calls).toHaveLength(1);
    expect(cli.bus.calls[0]).toMatchObject({
      path: linkPath('mctp0'),
      member: 'SetupEndpoint',
      body: [Buffer.of(0x1d)],
      timeoutMs: 25_000,
    });
  });

  test('R-DBUS-17 a serial link has no address', async () => {
    for (const address of [[], ['none'], ['']]) {
      const cli = answering(`${Iface.busOwner}.SetupEndpoint`, [9, 1, PATH_9, false]);
      expect((await cli.run('setup', 'mctp0', ...address)).out).toBe(`1:9  known already  ${PATH_9}\n`);
      expect(cli.bus.calls[0]?.body).toEqual([Buffer.alloc(0)]);
    }
  });

  test('--json of an assignment', async () => {
    const cli = answering(`${Iface.busOwner}.AssignEndpoint`, [9, 1, PATH_9, true]);
    const { out } = await cli.run('assign', 'mctp0', '1d', '--json');
    expect(JSON.parse(out)).toEqual({ found: true, network: 1, eid: 9, path: PATH_9, new: true });
  });

  test('assign --eid and --pool choose the method', async () => {
    const cli = answering(`${Iface.busOwner}.AssignEndpointStatic`, [20, 1, endpointPath(1, 20), true]);
    cli.bus.on(`${Iface.busOwner}.AssignBridgeStatic`, () => [20, 21, 1, endpointPath(1, 20), true]);
    await cli.run('assign', 'mctp0', '0x1d', '--eid', '20');
    expect(cli.bus.calls[0]).toMatchObject({ member: 'AssignEndpointStatic', body: [Buffer.of(0x1d), 20] });
    expect((await cli.run('assign', 'mctp0', '0x1d', '--eid', '20', '--pool', '4')).code).toBe(0);
    expect(cli.bus.calls[1]).toMatchObject({
      member: 'AssignBridgeStatic',
      body: [Buffer.of(0x1d), 20, 21, 4],
    });
    const wrong = await cli.run('assign', 'mctp0', '0x1d', '--pool', '4');
    expect(wrong.code).toBe(2);
    expect(cli.bus.calls).toHaveLength(2);
  });

  test('R-DBUS-18 learn by address does not call a device new: it is told "found" of a known one too', async () => {
    const cli = answering(`${Iface.busOwner}.LearnEndpoint`, [9, 1, PATH_9, true]);
    expect((await cli.run('learn', 'mctp0', '0x1d')).out).toBe(`1:9  published  ${PATH_9}\n`);
    const { out } = await cli.run('learn', 'mctp0', '0x1d', '--json');
    expect(JSON.parse(out)).toEqual({ found: true, network: 1, eid: 9, path: PATH_9, new: null });
  });

  test('R-DBUS-20 learn by EID asks the network', async () => {
    const cli = answering(`${Iface.network}.LearnEndpoint`, [endpointPath(2, 12), true]);
    const { out } = await cli.run('learn', '2:12');
    expect(out).toBe(`2:12  new  ${endpointPath(2, 12)}\n`);
    expect(cli.bus.calls[0]).toMatchObject({ path: networkPath(2), body: [12] });
  });

  test('R-DBUS-18 a device without an EID is no failure', async () => {
    const cli = answering(`${Iface.busOwner}.LearnEndpoint`, [0, 0, '', false]);
    expect(await cli.run('learn', 'mctp0', '0x1d')).toEqual({
      code: 0,
      out: '',
      err: 'mctpctl: the device has no EID yet; mctpctl setup mctp0 0x1d gives it one\n',
    });
    const { out } = await cli.run('learn', 'mctp0', '0x1d', '--json');
    expect(JSON.parse(out)).toEqual({ found: false, network: null, eid: null, path: null, new: false });
  });
});

describe('remove, recover, mtu, rescan', () => {
  test('R-CONS-3 remove goes to the constructed path', async () => {
    const cli = answering(`${Iface.endpoint1}.Remove`, []);
    expect(await cli.run('remove', '1:9')).toEqual({ code: 0, out: '1:9  removed\n', err: '' });
    expect(cli.bus.calls).toHaveLength(1);
    expect(cli.bus.calls[0]).toMatchObject({ path: PATH_9 });
  });

  test('R-CONS-3 R-CONS-17 recover goes to the constructed path, and says that it has begun', async () => {
    const cli = answering(`${Iface.endpoint1}.Recover`, []);
    const out = '1:9  started; `mctpctl scan --watch` shows how it ends\n';
    expect(await cli.run('recover', '1:9')).toEqual({ code: 0, out, err: '' });
    expect(cli.bus.calls).toHaveLength(1);
    expect(cli.bus.calls[0]).toMatchObject({ path: PATH_9, member: 'Recover' });
    const json = await cli.run('recover', '12', '--json');
    expect(JSON.parse(json.out)).toEqual({ network: 1, eid: 12, started: true });
  });

  test('an EID alone is looked up', async () => {
    const cli = answering(`${Iface.endpoint1}.Remove`, []);
    expect((await cli.run('remove', '12')).out).toBe('1:12  removed\n');
    expect((await cli.run('remove', '200')).err).toBe(
      'mctpctl: there is no endpoint EID 200; the endpoints are: 1:8, 1:9, 1:10, 1:11, 1:12\n' +
        'try: mctpctl list\n' +
        'try: mctpctl setup LINK ADDRESS, if the device has not been set up yet\n',
    );
  });

  test('R-DBUS-26 mtu', async () => {
    const cli = answering(`${Iface.endpoint1}.SetMTU`, []);
    expect((await cli.run('mtu', '1:9', '128')).out).toBe('1:9  mtu 128\n');
    expect((await cli.run('mtu', '1:9', '0')).out).toBe('1:9  mtu of the link\n');
    expect(cli.bus.calls.map((call) => call.body)).toEqual([[128], [0]]);
  });

  test('R-DBUS-51 rescan', async () => {
    const cli = answering(`${Iface.ownManager}.Rescan`, []);
    const { code, out } = await cli.run('rescan', '--json');
    expect([code, JSON.parse(out)]).toEqual([0, { started: true }]);
    expect(cli.bus.calls[0]).toMatchObject({ path: ROOT_PATH });
  });
});

describe('scan', () => {
  test('finds the endpoints of a type, by name or number', async () => {
    for (const type of ['nvme-mi', 'NVMe-MI', '4', '0x04']) {
      const { out } = await new CliHarness().run('scan', '--type', type, '--json');
      expect((JSON.parse(out) as { eid: number }[]).map((each) => each.eid)).toEqual([9]);
    }
    const { out } = await new CliHarness().run('scan', '-t', '5', '--json');
    expect(JSON.parse(out)).toEqual([]);
  });

  test('without a type it finds all that are not the daemon itself', async () => {
    const { out } = await new CliHarness().run('scan', '--json');
    expect((JSON.parse(out) as { eid: number }[]).map((each) => each.eid)).toEqual([9, 10, 11, 12]);
  });
});
