import { Iface } from '../../src/base/bus-names';
import { listenAs } from '../client/socket-bench';
import { variant } from '../scan/fake-bus';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { eventually } from '../support/within';
import { MessageHarness, pldmTerminus } from './messages';

expectNoDescriptorLeft();

describe('req', () => {
  test('prints the bytes of the response, and leaves no connection behind', async () => {
    await using cli = await MessageHarness.start(pldmTerminus);
    expect(await cli.run('req', '1:10', 'pldm', '800002')).toEqual({ code: 0, out: '000002000a\n', err: '' });
    await eventually('the end of the connection', () => cli.sockets.server.size === 0);
    for (const payload of ['80:00:02', '80 00 02', '0x800002']) {
      expect((await cli.run('req', '10', '1', payload)).out).toBe('000002000a\n');
    }
  });

  test('--json and --ic; a request may be empty', async () => {
    await using cli = await MessageHarness.start((request) => (request === '' ? 'aa' : 'bbcc'));
    const { out } = await cli.run('req', '10', '0x7e', 'none', '--ic', '--json');
    const value = { network: 1, eid: 10, type: 0x7e, typeName: 'vendor-pci', ic: true, payload: 'aa' };
    expect(JSON.parse(out)).toEqual(value);
    expect((await cli.run('req', '10', 'vendor-pci')).out).toBe('aa\n');
    expect(JSON.parse((await cli.run('req', '10', 'pldm', '01', '--json')).out)).toMatchObject({ ic: false });
  });

  test.each([
    [[], 5000],
    [['--timeout', '0.5'], 500],
  ])('no response within the time: status 1 and what to do (%j)', async (options, ms) => {
    await using cli = await MessageHarness.start(() => undefined);
    const run = cli.run('req', '1:10', 'pldm', '800002', ...options);
    const outcome = { over: false };
    void run.then(() => (outcome.over = true));
    // The wait for the response has begun.
    await eventually('the request', () => cli.sockets.bench.clock.timers >= 2);
    await cli.sockets.pass(ms - 1);
    expect(outcome.over).toBe(false);
    await cli.sockets.pass(1);
    const { code, out, err } = await run;
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'mctpctl: no response in time (network 1, EID 10)\n' +
        'try: mctpctl show 1:10   (does it support the message type?)\n' +
        'try: mctpctl recover 1:10   (is it still there?)\n' +
        'try: --timeout SECONDS with a longer time\n',
    );
  });

  test('the socket is not there: status 3; the daemon has none: status 1', async () => {
    await using cli = await MessageHarness.start(pldmTerminus);
    cli.sockets.server.close();
    const gone = await cli.run('req', '1:10', 'pldm', '800002');
    expect(gone.code).toBe(3);
    expect(gone.err).toContain(
      'the client socket of the daemon cannot be reached (network 1, EID 10)\ntry: ',
    );
    cli.bus.on(`${Iface.properties}.Get`, () => [variant('s', '')]);
    const none = await cli.run('req', '1:10', 'pldm', '800002');
    expect(none.code).toBe(1);
    expect(none.err).toContain('no client socket');
    expect(none.err).toContain('try: ');
  });

  test('who is not allowed is told how to be', async () => {
    const listen = listenAs(() => ({ pid: 1, uid: 1234, gid: 1234 }));
    await using cli = await MessageHarness.start(pldmTerminus, { listen });
    const { code, err } = await cli.run('req', '1:10', 'pldm', '800002');
    expect(code).toBe(1);
    expect(err).toContain('serves messages only to root');
    expect(err).toContain('try: sudo mctpctl');
    expect(err).toContain('[[demux.allow]]');
  });

  test('the endpoint must be there', async () => {
    await using cli = await MessageHarness.start(pldmTerminus);
    const { code, err } = await cli.run('req', '1:77', 'pldm');
    expect(code).toBe(1);
    expect(err).toContain('there is no endpoint 1:77');
  });

  test.each([
    [['10', 'pldm', '123'], /hex bytes: 800002/],
    [['10', 'pldm', 'xy'], /hex bytes: 800002/],
    [['10', 'pldm', '00'.repeat(65536)], /at most 65535 bytes/],
    [['10', 'what'], /one of: control, pldm/],
    [['10'], /missing required argument 'type'[^]*try: mctpctl req --help/],
  ])('2 for a wrong command line', async (argv, text) => {
    await using cli = await MessageHarness.start(pldmTerminus);
    const { code, err } = await cli.run('req', ...argv);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});
