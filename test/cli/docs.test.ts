import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Iface, endpointPath } from '../../src/base/bus-names';
import { FakeBusError, variant } from '../scan/fake-bus';
import { CliHarness } from './harness';
import { MessageHarness, pldmTerminus } from './messages';

const PAGE = join(__dirname, '..', '..', 'docs', 'mctpctl.md');

/** A daemon that answers what the page tries. */
async function daemon(): Promise<MessageHarness> {
  const cli = await MessageHarness.start(pldmTerminus);
  const { bus } = cli;
  bus.on(`${Iface.busOwner}.SetupEndpoint`, ({ body }) => {
    const [address] = body as readonly [Uint8Array];
    if (address[0] === 0x50) throw new FakeBusError('Failed', 'MCTP Endpoint did not respond');
    return [9, 1, endpointPath(1, 9), true];
  });
  bus.on(`${Iface.busOwner}.AssignEndpointStatic`, () => [20, 1, endpointPath(1, 20), true]);
  bus.on(`${Iface.network}.LearnEndpoint`, () => [endpointPath(1, 12), true]);
  bus.on(`${Iface.ownEndpoint}.GetStatus`, () => [
    {
      LastError: variant('s', ''),
      RoundTripMicroseconds: variant('u', 2140),
      Requests: variant('t', 17n),
      Timeouts: variant('t', 0n),
    },
  ]);
  bus.on(`${Iface.ownLink}.GetCounters`, () => [
    { RxPackets: 214n, TxPackets: 220n, RxBytes: 9120n, TxBytes: 8844n, RxErrors: 0n, TxErrors: 2n },
  ]);
  bus.on(`${Iface.ownNetwork}.ListRoutes`, () => [
    [
      [9, 0, 'mctp0', 128, 0],
      [10, 1, 'mctp0', 0, 0],
      [12, 1, '', 0, 11],
    ],
  ]);
  bus.on(`${Iface.ownNetwork}.ListNeighbours`, () => [
    [
      [9, 'mctp0', Buffer.of(0x1d)],
      [10, 'mctp0', Buffer.of(0x1e)],
      [11, 'mctp0', Buffer.of(0x1f)],
    ],
  ]);
  const done = [`${Iface.properties}.Set`];
  for (const name of ['Remove', 'Recover', 'SetMTU']) done.push(`${Iface.endpoint1}.${name}`);
  for (const name of ['AddRoute', 'RemoveRoute']) done.push(`${Iface.ownNetwork}.${name}`);
  for (const name of [...done, `${Iface.ownManager}.Rescan`]) bus.on(name, () => []);
  return cli;
}

/** The page with what the commands really print in place of what it shows. */
async function withRealOutput(page: string): Promise<string> {
  const parts = page.split(/(^```console\n[^]*?^```$)/m);
  const real = parts.map(async (part) => {
    const command = /^```console\n\$ mctpctl ?(.*)\n/.exec(part)?.[1];
    if (command === undefined) return part;
    await using cli = await daemon();
    const { out, err } = await cli.run(...command.split(' '));
    return `\`\`\`console\n$ mctpctl ${command}\n${out}${err}\`\`\``;
  });
  return (await Promise.all(real)).join('');
}

describe('docs/mctpctl.md', () => {
  const page = readFileSync(PAGE, 'utf8');

  test('shows what the program prints', async () => {
    expect(page).toBe(await withRealOutput(page));
  });

  test('R-DBUS-44 has every verb and every exit status', async () => {
    const { out } = await new CliHarness().run('--help');
    const commands = out.slice(out.indexOf('Commands:'), out.indexOf('Exit status:'));
    const verbs = [...commands.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '');
    expect(verbs).toContain('tree');
    for (const verb of verbs.filter((each) => each !== 'help'))
      expect(page).toMatch(new RegExp(`^### ${verb}`, 'm'));
    for (const status of [0, 1, 2, 3]) expect(page).toMatch(new RegExp(`^\\| ${status} `, 'm'));
  });
});
