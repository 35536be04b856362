import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Iface, linkPath } from '../../src/base/bus-names';
import { packageVersion } from '../../src/files/package-root';
import { BusClient } from '../support/bus-client';
import { linkTable, VirtualDaemon } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { eventually } from '../support/within';

/** What a daemon with two live devices and a dead one shows to Prometheus. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

async function scrape(daemon: VirtualDaemon): Promise<string> {
  const port = await eventually(
    'the port',
    () => daemon.log.find(([, message]) => message === 'metrics are served')?.[2]['port'],
  );
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  return answer.text();
}

function start(): Promise<VirtualDaemon> {
  return VirtualDaemon.start(bus, {
    configuration: `state = false\n${linkTable('bus0', { binding: 'loopback', discover: 'off' })}`,
    buses: [
      {
        name: 'bus0',
        kind: 'loopback',
        device: [{ address: 0x20 }, { address: 0x21 }, { address: 0x22, silent: true }],
      },
    ],
    metrics: true,
  });
}

test('R-DISC-166 D-17 two devices that live and one that is dead are counted', async () => {
  await using daemon = await start();
  await using client = await BusClient.connect(bus);
  for (const address of [0x20, 0x21, 0x22]) {
    const call = client.refusal(
      linkPath('bus0'),
      Iface.busOwner,
      'SetupEndpoint',
      'ay',
      Buffer.from([address]),
    );
    await daemon.settle(call);
  }
  const lines = (await scrape(daemon)).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      `mctp_build_info{version="${packageVersion()}"} 1`,
      'mctp_endpoints{network="1",state="available"} 2',
      'mctp_endpoints{network="1",state="degraded"} 0',
      'mctp_eids_in_use{network="1"} 3',
      'mctp_operations_total{operation="SetupEndpoint",result="ok"} 2',
      'mctp_operations_total{operation="SetupEndpoint",result="no-response"} 1',
      'mctp_operation_duration_seconds_count{operation="SetupEndpoint"} 3',
      'mctp_control_requests_total{command="Set Endpoint ID",outcome="answered"} 2',
      'mctp_control_requests_total{command="Get Endpoint ID",outcome="timeout"} 1',
      'mctp_link_up{link="bus0",network="1",binding="loopback"} 1',
    ]),
  );
  const sent = lines.find((line) => line.startsWith('mctp_link_transmit_packets_total{'));
  expect(Number(sent?.split(' ')[1])).toBeGreaterThan(4);
});

test('D-17 docs/metrics.md lists exactly the metrics that are served', async () => {
  await using daemon = await start();
  const served = [...(await scrape(daemon)).matchAll(/^# TYPE (\S+ \S+)$/gm)].map(([, metric]) => metric);
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'metrics.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(listed.sort()).toEqual(served.sort());
});

test('D-17 without [metrics] listen prom-client is not even loaded', () => {
  const module = (name: string): string =>
    JSON.stringify(join(__dirname, '..', '..', 'dist', 'src', 'daemon', name));
  const script = `
    require(${module('daemon.js')});
    const { MetricsPage } = require(${module('metrics-page.js')});
    const { systemClock: clock } = require(${module('../base/clock.js')});
    const isLoaded = () => Object.keys(require.cache).some((path) => path.includes('/prom-client/'));
    MetricsPage.load({ listen: undefined }, { clock });
    const without = isLoaded();
    MetricsPage.load({ listen: { host: '127.0.0.1', port: 0 } }, { clock });
    console.log(JSON.stringify({ without, with: isLoaded() }));`;
  const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ without: false, with: true });
});
