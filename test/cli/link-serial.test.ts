import type { SerialLink } from '../../src/kernel/serial-link';
import type { TtyRights } from '../support/fake-kernel/ttys';
import { idle } from '../support/test-clock';
import { CliHarness, lines, type CliRun } from './harness';

describe('link serial', () => {
  function withTty(rights: TtyRights = {}) {
    const cli = new CliHarness();
    cli.useKernel({}, rights);
    return { cli, tty: cli.ttys.add('/dev/ttyS1') };
  }

  /** Until it waits for its end, or has come to it. */
  async function begun(cli: CliHarness, run: Promise<CliRun>): Promise<void> {
    const done = { yes: false };
    void run.then(() => (done.yes = true));
    while (!done.yes && !cli.err.includes('What comes next')) await idle();
  }

  test('a raw line with its speed becomes a link, until Ctrl-C', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1', '--speed', '1000000');
    await begun(cli, run);
    expect(tty).toMatchObject({ discipline: 28, isRaw: true, baud: 1_000_000 });
    cli.interrupts.emit(undefined);
    expect(await run).toEqual({
      code: 0,
      out: 'mctpserial0\n',
      err:
        'mctpctl: mctpserial0 is there while this runs; Ctrl-C removes it. What comes next:\n' +
        'mctpctl: mctpctl link set mctpserial0 --up\n' +
        'mctpctl: mctpctl addr add 8 --link mctpserial0   (8 or another EID)\n',
    });
    expect([tty.discipline, cli.ttys.openDescriptors, cli.kernel.openDescriptors]).toEqual([0, 0, 0]);
  });

  test('--json, and the speed of the configuration where none is given', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1', '--json', '--kernel');
    await begun(cli, run);
    cli.interrupts.emit(undefined);
    expect(JSON.parse((await run).out)).toMatchObject({
      ...{ name: 'mctpserial0', index: 2, network: 1, up: false, mtu: 68, device: '/dev/ttyS1' },
    });
    expect(tty.baud).toBe(115_200);
  });

  test('Ctrl-C before the link is there still removes it', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    cli.interrupts.emit(undefined);
    expect((await run).code).toBe(0);
    expect([tty.discipline, cli.ttys.openDescriptors]).toEqual([0, 0]);
  });

  test('a second holder of the tty does not keep the link there', async () => {
    const { cli, tty } = withTty();
    cli.ttys.ops.open('/dev/ttyS1', 2);
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    await begun(cli, run);
    cli.interrupts.emit(undefined);
    await run;
    expect(tty.link).toBeUndefined();
  });

  test('other links come and go; the end of the line ends it', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    await begun(cli, run);
    cli.kernel.unplug(await cli.kernel.plug('mctpi2c1'));
    await idle();
    expect(tty.discipline).toBe(28);
    cli.ttys.hangUp(tty);
    const { code, err } = await run;
    expect(code).toBe(1);
    expect(lines(err).slice(-2)).toEqual([
      'mctpctl: /dev/ttyS1 has hung up; mctpserial0 is gone with its EIDs and routes',
      'try: the same command again, once the device is back',
    ]);
    expect([cli.ttys.openDescriptors, cli.kernel.openDescriptors]).toEqual([0, 0]);
  });

  test('news of other links, however many at once, cost a look at the links or two', async () => {
    const { cli } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    await begun(cli, run);
    const other = await cli.kernel.plug('mctpi2c1');
    await idle();
    cli.kernel.asked.length = 0;
    for (let round = 0; round < 20; round++) cli.kernel.set(other, { up: round % 2 === 0 });
    await idle();
    expect(cli.kernel.asked.length).toBeGreaterThan(0);
    expect(cli.kernel.asked.length).toBeLessThanOrEqual(2);
    expect(new Set(cli.kernel.asked)).toEqual(new Set(['18 301']));
    cli.interrupts.emit(undefined);
    await run;
  });

  test('the last event of a link tells its index alone', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    await begun(cli, run);
    cli.kernel.state.links.delete(tty.link?.index ?? 0);
    const ifinfomsg = Buffer.alloc(16);
    ifinfomsg.writeInt32LE(tty.link?.index ?? 0, 4);
    cli.kernel.event(17, ifinfomsg);
    expect((await run).code).toBe(1);
  });

  test('its end is noticed when the events were lost, too', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    await begun(cli, run);
    cli.ttys.hangUp(tty);
    cli.kernel.overrun();
    expect((await run).code).toBe(1);
  });

  test('two lines at the same moment: each tells its own link', async () => {
    const { cli, tty } = withTty();
    const other = cli.ttys.add('/dev/ttyS2');
    const attach = async (path: string): Promise<SerialLink> => {
      const kernel = cli.openKernel();
      if (kernel === undefined) throw new Error('no kernel');
      return kernel.attachSerial({ path, baud: 0 });
    };
    const both = Promise.all([attach('/dev/ttyS1'), attach('/dev/ttyS2')]);
    const done = { yes: false };
    void both.then(() => (done.yes = true));
    while (!done.yes) {
      await idle();
      await cli.clock.advance(200);
    }
    const [first, second] = await both;
    expect([first.link.name, second.link.name]).toEqual([tty.link?.name, other.link?.name]);
    for (const each of [first, second]) each.detach();
    expect(cli.ttys.openDescriptors).toBe(0);
  });

  test('tables that cannot be read for a while do not cost the link; its end is noticed afterwards', async () => {
    const { cli, tty } = withTty();
    const run = cli.run('link', 'serial', '/dev/ttyS1');
    await begun(cli, run);
    // Every answer is lost.
    cli.kernel.mangle = (datagrams) => (datagrams.length > 1 ? [-105] : datagrams);
    await cli.kernel.plug('mctpi2c1', { eids: [9] });
    await idle();
    expect(tty.discipline).toBe(28);
    cli.ttys.hangUp(tty);
    await idle();
    cli.kernel.mangle = (datagrams) => datagrams;
    await cli.clock.advance(1000);
    const { code, err } = await run;
    expect(code).toBe(1);
    expect(err).toContain('/dev/ttyS1 has hung up');
    expect([cli.clock.timers, cli.kernel.openDescriptors]).toEqual([0, 0]);
  });

  test.each<[rights: TtyRights, path: string, text: string, advice: string]>([
    [{}, '/dev/ttyS9', 'cannot open /dev/ttyS9: ENOENT', 'a serial line such as'],
    [{ open: false }, '/dev/ttyS1', 'cannot open /dev/ttyS1: EACCES', 'sudo mctpctl'],
    [{ admin: false }, '/dev/ttyS1', 'N_MCTP needs CAP_NET_ADMIN', 'sudo mctpctl'],
    [{ hasSerial: false }, '/dev/ttyS1', 'this kernel has no N_MCTP', 'sudo modprobe mctp-serial'],
  ])('cannot be: %j %s', async (rights, path, text, advice) => {
    const { cli } = withTty(rights);
    const { code, out, err } = await cli.run('link', 'serial', path);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')[0]).toContain(text);
    expect(err).toContain(`try: ${advice}`);
    expect([cli.ttys.openDescriptors, cli.kernel.openDescriptors]).toEqual([0, 0]);
  });

  test('where its end could not be noticed, nothing is left behind', async () => {
    const { cli, tty } = withTty();
    const { setsockopt } = cli.ttys.ops;
    cli.ttys.ops.setsockopt = (fd, level, option, value) =>
      level === 270 && option === 1 ? -12 : setsockopt(fd, level, option, value);
    const { code, err } = await cli.run('link', 'serial', '/dev/ttyS1');
    expect([code, err]).toEqual([1, expect.stringContaining('ENOMEM')]);
    expect([tty.discipline, cli.ttys.openDescriptors, cli.kernel.openDescriptors]).toEqual([0, 0, 0]);
  });

  test('what is no tty, and a tty that is a link already', async () => {
    const { cli, tty } = withTty();
    tty.isTty = false;
    expect((await cli.run('link', 'serial', '/dev/ttyS1')).err).toContain(
      'this device is not a terminal line',
    );
    Object.assign(tty, { isTty: true, discipline: 28 });
    const { code, err } = await cli.run('link', 'serial', '/dev/ttyS1');
    expect(code).toBe(1);
    expect(err).toContain('/dev/ttyS1 is a link already; another program has attached it');
    expect(tty.isRaw).toBe(false);
  });

  test('a tty that another line discipline has, as that of a Bluetooth adapter (N_HCI), stays its own', async () => {
    const { cli, tty } = withTty();
    tty.discipline = 15;
    const { code, err } = await cli.run('link', 'serial', '/dev/ttyS1');
    expect(code).toBe(1);
    expect(lines(err)).toEqual([
      'mctpctl: /dev/ttyS1 is in use: another program has attached line discipline 15',
      'try: mctpctl link list --kernel',
      'try: sudo fuser /dev/ttyS1   (who has it open?)',
    ]);
    expect([tty.isRaw, tty.link]).toEqual([false, undefined]);
  });

  test.each(['0', 'fast', '5000000'])('a speed of %s', async (speed) => {
    const { cli } = withTty();
    const { code, err } = await cli.run('link', 'serial', '/dev/ttyS1', '--speed', speed);
    expect([code, err]).toEqual([2, expect.stringContaining('A speed is a number from 300 to 4000000')]);
  });
});
