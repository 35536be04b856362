import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Iface, ROOT_PATH, SERVICE_NAME } from '../../src/base/bus-names';
import { connectBus } from '../../src/bus/connection';
import type { BusConnection } from '../../src/bus/connection';
import { BusClient } from '../support/bus-client';
import { PrivateBus } from '../support/private-bus';

/**
 * The policy as a bus enforces it. We are one user only, so we stand in for two: the user of the service may own the
 * names, and in everything else we are anybody, because no rule for root is left.
 */
const policy = readFileSync(join(__dirname, '..', '..', 'packaging', 'dbus', 'mctp-endpointd.conf'), 'utf8')
  .replace('<policy user="mctp">', `<policy user="${String(process.getuid?.())}">`)
  .replace(/<policy user="root">.*?<\/policy>/s, '')
  .replace(/<policy group="mctp-admin">.*?<\/policy>/s, '');

let bus: PrivateBus;
let server: BusConnection;

/** Answers every call with its member. */
beforeAll(async () => {
  bus = await PrivateBus.start(policy);
  server = await connectBus(bus.socketAddress);
  expect(await server.requestName(SERVICE_NAME)).toBe(true);
  server.onMethodCall((call) => server.reply(call, 's', [call.member]));
});

afterAll(async () => {
  server.close();
  await bus.stop();
});

const DENIED = /^org\.freedesktop\.DBus\.Error\.AccessDenied: /;
const { properties } = Iface;

test.each([
  ['Get', properties, 'ss', Iface.link, 'Role'],
  ['GetAll', properties, 's', Iface.link],
  ['Introspect', Iface.introspectable, ''],
  ['GetManagedObjects', Iface.objectManager, ''],
  ['Ping', Iface.peer, ''],
])('R-CONS-11 R-DBUS-40 anybody may call %s', async (member, iface, signature, ...body) => {
  await using client = await BusClient.connect(bus);
  expect(await client.describe(ROOT_PATH, iface, member, signature, ...body)).toBe(member);
});

test.each([
  ['Set', properties],
  ['SetupEndpoint', Iface.busOwner],
  ['Remove', Iface.endpoint1],
  ['RegisterTypeSupport', Iface.root],
  ['Rescan', Iface.ownManager],
])('R-CONS-11 R-DBUS-40 but not %s', async (member, iface) => {
  await using client = await BusClient.connect(bus);
  expect(await client.describe(ROOT_PATH, iface, member)).toMatch(DENIED);
});
