import { readFileSync } from 'node:fs';
import { readBlocks } from '../../src/bindings/wrap/pcapng';
import { nullLog } from '../../src/base/log';
import { CaptureServer } from '../../src/demux/capture-server';
import type { Listen } from '../../src/demux/client-server';
import { listenAs, listenHere } from '../client/socket-bench';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { freshSocketName } from '../support/socket-name';
import { TempFolder } from '../support/temp-folder';
import { TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';
import { Iface } from '../../src/base/bus-names';
import { variant } from '../scan/fake-bus';
import { eventually } from '../support/within';
import { CliHarness, type CliRun } from './harness';

expectNoDescriptorLeft();

const PACKET = hex('010908cb008002');

/** A daemon with two links, and the verb running on it. */
class Bench implements Disposable {
  readonly cli = new CliHarness();
  readonly server = new CaptureServer({
    clock: new TestClock(),
    log: nullLog,
    ownUid: process.getuid?.() ?? 0,
  });
  readonly folder = new TempFolder();
  readonly file = this.folder.join('out.pcapng');
  readonly name = freshSocketName('mctp-capture');
  readonly i2c = this.server.link('i2c0', 'i2c, network 1');
  readonly serial = this.server.link('serial0', 'serial, network 1');

  constructor(listen: Listen = listenHere) {
    this.server.listen(listen, this.name);
  }

  run(file: string, ...more: string[]): Promise<CliRun> {
    return this.cli.run('capture', file, '--socket', this.name.replace('\0', '@'), ...more);
  }

  async begun(): Promise<void> {
    await eventually('the capture', () => this.cli.err.includes('capturing'));
  }

  /** All that the daemon has told is in the file. */
  async written(blocks: number): Promise<void> {
    await eventually(`${blocks} blocks`, () => this.blocks().length >= blocks);
  }

  blocks(): string[] {
    const blocks = readBlocks(readFileSync(this.file)) ?? [];
    return blocks.map((each) => (each.kind === 'packet' ? `packet on ${each.link}` : each.kind));
  }

  [Symbol.dispose](): void {
    this.server.close();
    this.folder[Symbol.dispose]();
  }
}

describe('capture', () => {
  test('writes links and packets until Ctrl-C, and tells how many', async () => {
    using bench = new Bench();
    const run = bench.run(bench.file);
    await bench.begun();
    bench.i2c(PACKET, true);
    bench.serial(PACKET, false);
    await bench.written(5);
    bench.cli.interrupts.emit(undefined);
    expect(await run).toEqual({ code: 0, out: '2 packets\n', err: 'mctpctl: capturing; Ctrl-C ends it\n' });
    expect(bench.blocks()).toEqual(['section', 'link', 'link', 'packet on 0', 'packet on 1']);
    await eventually('the end of the connection', () => bench.server.size === 0);
  });

  test('--link leaves out the others and keeps the numbers true; --json', async () => {
    using bench = new Bench();
    const run = bench.run(bench.file, '--link', 'serial0', '--json');
    await bench.begun();
    for (let count = 0; count < 3; count++) bench.i2c(PACKET, true);
    bench.serial(PACKET, true);
    await bench.written(4);
    bench.cli.interrupts.emit(undefined);
    expect(JSON.parse((await run).out)).toEqual({ file: bench.file, packets: 1 });
    expect(bench.blocks()).toEqual(['section', 'link', 'link', 'packet on 1']);
  });

  test('a link that is not there: status 1 as with other verbs, which there are, and no file', async () => {
    using bench = new Bench();
    const { code, err } = await bench.run(bench.file, '--link', 'mctp9');
    expect(code).toBe(1);
    expect(err).toBe(
      'mctpctl: link mctp9 cannot be captured; those that can are: i2c0, serial0\ntry: mctpctl link list\n',
    );
    expect(() => readFileSync(bench.file)).toThrow('ENOENT');
  });

  test('a daemon that ends: what came is there, status 1', async () => {
    using bench = new Bench();
    const run = bench.run(bench.file);
    await bench.begun();
    bench.i2c(PACKET, true);
    await bench.written(4);
    bench.server.close();
    const { code, err } = await run;
    expect(code).toBe(1);
    expect(err).toContain('mctpctl: the daemon ended the capture after 1 packet\ntry: ');
    expect(bench.blocks()).toHaveLength(4);
  });

  test('who is not allowed is told who is; nobody there is status 3', async () => {
    using bench = new Bench(listenAs(() => ({ pid: 1, uid: 4711, gid: 4711 })));
    const refused = await bench.run(bench.file);
    expect([refused.code, refused.err]).toEqual([
      1,
      'mctpctl: the daemon lets only root and its own user capture\ntry: sudo mctpctl capture FILE\n',
    ]);
    const nobody = await bench.cli.run('capture', bench.file, '--socket', '@nobody-is-here');
    expect(nobody.code).toBe(3);
    expect(nobody.err).toContain('nobody serves captures on @nobody-is-here\ntry: ');
  });

  test('a file that cannot be written', async () => {
    using bench = new Bench();
    const { code, err } = await bench.run(bench.folder.join('no/such/folder'));
    expect(code).toBe(1);
    expect(err).toContain('cannot write the capture: ENOENT');
    const full = bench.run('/dev/full');
    await bench.begun();
    expect((await full).err).toContain('cannot write the capture: ENOSPC');
  });

  test('what is no capture is an error, not a file', async () => {
    using bench = new Bench((options) =>
      listenHere({
        ...options,
        accept(connection) {
          connection.send(hex('0011'));
          return { message: () => undefined, closed: () => undefined };
        },
      }),
    );
    const { code, err } = await bench.run(bench.file);
    expect(code).toBe(1);
    expect(err).toContain('the daemon sent what is no capture');
    expect(() => readFileSync(bench.file)).toThrow('ENOENT');
  });
});

describe('R-DBUS-51 without --socket', () => {
  test('the daemon on the chosen bus is captured, whatever else runs on the machine', async () => {
    using bench = new Bench();
    const suffix = bench.name.slice('\0mctp-capture'.length);
    bench.cli.bus.on(`${Iface.properties}.Get`, () => [variant('s', `@mctp-client${suffix}`)]);
    const run = bench.cli.run('capture', bench.file, '--address', 'unix:path=/mine');
    await bench.begun();
    expect(bench.cli.addresses).toEqual(['unix:path=/mine']);
    expect(bench.cli.bus.closed).toBe(1);
    bench.cli.interrupts.emit(undefined);
    expect(await run).toMatchObject({ code: 0, out: '0 packets\n' });
  });

  test('a daemon that shows no socket: status 1 and what to do', async () => {
    const cli = new CliHarness();
    cli.bus.on(`${Iface.properties}.Get`, () => [variant('s', '')]);
    const { code, err } = await cli.run('capture', '/nonexistent/file');
    expect(code).toBe(1);
    expect(err).toMatch(/does not tell its sockets\ntry: --socket @mctp-capture/);
  });

  test('no daemon: status 3', async () => {
    const cli = new CliHarness();
    cli.bus.running = false;
    expect((await cli.run('capture', '/nonexistent/file')).code).toBe(3);
  });
});
