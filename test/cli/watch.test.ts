import { endpointPath } from '../../src/base/bus-names';
import { endpointObject } from '../scan/recorded';
import { idle } from '../support/test-clock';
import { CliHarness, lines } from './harness';

describe('scan --watch', () => {
  test('prints a line for each change until interrupted, and ends with 0', async () => {
    const cli = new CliHarness();
    const done = cli.run('scan', '--type', 'nvme-mi', '--watch');
    await idle();
    cli.bus.setObject(endpointPath(1, 9), undefined);
    await idle();
    cli.bus.setObject(endpointPath(1, 30), endpointObject(30, { types: [0, 4], connectivity: 'Degraded' }));
    await idle();
    cli.interrupts.emit(undefined);
    const { code, out } = await done;
    expect(lines(out).map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))).toEqual([
      'added    1:9  control,nvme-mi  available  595a522d-77c5-4628-8400-37bfb41b710c  mctp0  0x1d',
      'removed  1:9  control,nvme-mi  available  595a522d-77c5-4628-8400-37bfb41b710c  mctp0  0x1d',
      'added    1:30  control,nvme-mi  degraded',
    ]);
    expect(code).toBe(0);
    expect(cli.bus.closed).toBe(1);
  });

  test('--json is one value on a line, the daemon coming and going included', async () => {
    const cli = new CliHarness();
    cli.bus.running = false;
    const done = cli.run('scan', '--type', '4', '--watch', '--json');
    await idle();
    cli.bus.setRunning(true);
    await idle();
    cli.bus.setRunning(false);
    await idle();
    cli.interrupts.emit(undefined);
    const { out, err } = await done;
    const events = lines(out).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event, running }) => [event, running])).toEqual([
      ['daemon', false],
      ['daemon', true],
      ['added', undefined],
      ['removed', undefined],
      ['daemon', false],
    ]);
    expect(events[2]).toMatchObject({ endpoint: { network: 1, eid: 9 } });
    expect(events.every(({ time }) => typeof time === 'string')).toBe(true);
    expect(err).toBe('');
  });

  test('R-DBUS-3 waits for a daemon that is not there, and says so', async () => {
    const cli = new CliHarness();
    cli.bus.running = false;
    const done = cli.run('scan', '--watch');
    await idle();
    expect(cli.err).toBe('mctpctl: the daemon is not running; waiting for it\n');
    cli.interrupts.emit(undefined);
    expect((await done).code).toBe(0);
  });

  test('a lost bus ends it with 3', async () => {
    const cli = new CliHarness();
    const done = cli.run('scan', '--watch');
    await idle();
    cli.bus.breakConnection();
    const { code, err } = await done;
    expect(code).toBe(3);
    expect(err).toContain('mctpctl: the connection to the bus was lost\n');
  });
});
