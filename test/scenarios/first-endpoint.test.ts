import { SERVICE_NAME, endpointPath, linkPath, networkPath, ROOT_PATH } from '../../src/base/bus-names';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';

/** One drive on a serial line, found by hand with busctl; what busctl prints is compared whole. */

const OWN_UUID = '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7';
const DEVICE_UUID = '595a522d-77c5-4628-8400-37bfb41b710d';

let bus: PrivateBus;
let devices: Simulated;
let daemon: DaemonProcess;

expectNothingLeft(async () => {
  await daemon[Symbol.asyncDispose]();
  await devices[Symbol.asyncDispose]();
  await bus.stop();
});

beforeAll(async () => {
  bus = await PrivateBus.start();
  const device = {
    uuid: DEVICE_UUID,
    types: [0, 1, 126, 127],
    vendor_types: [
      { format: 'pci', vendor: 32902, subtype: 1 },
      { format: 'iana', vendor: 40981, subtype: 2 },
    ],
  };
  devices = await Simulated.start([{ name: 'serial0', kind: 'pty', device: [device] }]);
  const { reach: path } = devices.bus('serial0');
  const configuration = [
    'state = false',
    '[mctp]',
    `uuid = "${OWN_UUID}"`,
    linkTable('mctp0', { binding: 'serial', path, discover: 'off' }),
  ];
  daemon = await DaemonProcess.start(bus, configuration.join('\n'));
});

function busOwner(...call: string[]): ReturnType<PrivateBus['busctl']> {
  return bus.busctl('call', SERVICE_NAME, linkPath('mctp0'), 'au.com.codeconstruct.MCTP.BusOwner1', ...call);
}

test('SetupEndpoint finds the device, a second call finds it known (R-DBUS-16, R-DISC-52)', async () => {
  const path = '/au/com/codeconstruct/mctp1/networks/1/endpoints/9';
  const first = await busOwner('SetupEndpoint', 'ay', '0');
  expect(first).toEqual({ status: 0, stdout: `yisb 9 1 "${path}" true\n`, stderr: '' });
  const second = await busOwner('SetupEndpoint', 'ay', '0');
  expect(second).toEqual({ status: 0, stdout: `yisb 9 1 "${path}" false\n`, stderr: '' });
});

test('busctl tree shows link, network and both endpoints (R-DBUS-6, R-DBUS-8)', async () => {
  const { stdout } = await bus.busctl('tree', SERVICE_NAME);
  expect(stdout.trim()).toBe(
    `
└─/au
  └─/au/com
    └─/au/com/codeconstruct
      └─/au/com/codeconstruct/mctp1
        ├─/au/com/codeconstruct/mctp1/interfaces
        │ └─/au/com/codeconstruct/mctp1/interfaces/mctp0
        └─/au/com/codeconstruct/mctp1/networks
          └─/au/com/codeconstruct/mctp1/networks/1
            └─/au/com/codeconstruct/mctp1/networks/1/endpoints
              ├─/au/com/codeconstruct/mctp1/networks/1/endpoints/8
              └─/au/com/codeconstruct/mctp1/networks/1/endpoints/9
`.trim(),
  );
});

const STANDARD = `
org.freedesktop.DBus.Introspectable interface - - -
.Introspect method - s -
org.freedesktop.DBus.Peer interface - - -
.GetMachineId method - s -
.Ping method - - -
org.freedesktop.DBus.Properties interface - - -
.Get method ss v -
.GetAll method s a{sv} -
.Set method ssv - -
.PropertiesChanged signal sa{sv}as - -
`;

const ENDPOINT1 = `
au.com.codeconstruct.MCTP.Endpoint1 interface - - -
.Recover method - - -
.Remove method - - -
.SetMTU method u - -
.Connectivity property s "Available" emits-change
`;

/** Recorded from mctpd 2.6 (values ours), `busctl introspect` without column padding; our own interfaces left out. */
const RECORDED: Readonly<Record<string, string>> = {
  [ROOT_PATH]: `
au.com.codeconstruct.MCTP1 interface - - -
.RegisterTypeSupport method yau - -
.RegisterVDMTypeSupport method yvq - -
org.freedesktop.DBus.Introspectable interface - - -
.Introspect method - s -
org.freedesktop.DBus.ObjectManager interface - - -
.GetManagedObjects method - a{oa{sa{sv}}} -
.InterfacesAdded signal oa{sa{sv}} - -
.InterfacesRemoved signal oas - -
org.freedesktop.DBus.Peer interface - - -
.GetMachineId method - s -
.Ping method - - -
org.freedesktop.DBus.Properties interface - - -
.Get method ss v -
.GetAll method s a{sv} -
.Set method ssv - -
.PropertiesChanged signal sa{sv}as - -
`,
  [linkPath('mctp0')]: `
au.com.codeconstruct.MCTP.BusOwner1 interface - - -
.AssignBridgeStatic method ayyyy yyisb -
.AssignEndpoint method ay yisb -
.AssignEndpointStatic method ayy yisb -
.LearnEndpoint method ay yisb -
.SetupEndpoint method ay yisb -
au.com.codeconstruct.MCTP.Interface1 interface - - -
.NetworkId property u 1 emits-change
.Role property s "BusOwner" emits-change writable
${STANDARD}`,
  [networkPath(1)]: `
au.com.codeconstruct.MCTP.Network1 interface - - -
.LearnEndpoint method y sb -
.LocalEIDs property ay 1 8 const
${STANDARD}`,
  [endpointPath(1, 8)]: `
${ENDPOINT1}${STANDARD}
xyz.openbmc_project.Common.UUID interface - - -
.UUID property s "${OWN_UUID}" const
xyz.openbmc_project.MCTP.Endpoint interface - - -
.EID property y 8 const
.NetworkId property u 1 const
.SupportedMessageTypes property ay 1 0 const
.VendorDefinedMessageTypes property a(yvq) 0 const
`,
  [endpointPath(1, 9)]: `
${ENDPOINT1}${STANDARD}
xyz.openbmc_project.Common.UUID interface - - -
.UUID property s "${DEVICE_UUID}" const
xyz.openbmc_project.MCTP.Endpoint interface - - -
.EID property y 9 const
.NetworkId property u 1 const
.SupportedMessageTypes property ay 4 0 1 126 127 const
.VendorDefinedMessageTypes property a(yvq) 2 0 q 32902 1 1 u 40981 2 const
`,
};

/** The blocks of our own interfaces begin with their name and end with the next interface. */
function upstreamRows(introspected: string): string[] {
  const [, ...lines] = introspected.trimEnd().split('\n');
  let isOwn = false;
  return lines.flatMap((line) => {
    if (!line.startsWith('.')) isOwn = line.startsWith('org.mctp_endpoint_manager.');
    return isOwn ? [] : [line.trim().replaceAll(/\s+/g, ' ')];
  });
}

test.each(Object.keys(RECORDED))(
  'busctl introspect %s equals the recorded output, flags included (R-DBUS-21..29, R-DBUS-32, R-DBUS-50)',
  async (path) => {
    const { stdout, stderr } = await bus.busctl('introspect', SERVICE_NAME, path);
    expect(stderr).toBe('');
    expect(stdout).toContain('\norg.mctp_endpoint_manager.');
    const expected = (RECORDED[path] ?? '').split('\n').filter((line) => line !== '');
    expect(upstreamRows(stdout)).toEqual(expected);
  },
);

test.each([
  [['SetupEndpoint', 'ay', '1', '29'], 'Bad physaddr'],
  [['SetupEndpoint', 'ay', '33', ...Array.from({ length: 33 }, () => '1')], 'Request failed'],
  [['AssignEndpointStatic', 'ayy', '0', '7'], 'Invalid EID'],
  [['AssignEndpointStatic', 'ayy', '0', '255'], 'Invalid EID'],
  [['AssignEndpointStatic', 'ayy', '0', '20'], 'Already assigned a different EID'],
  [['AssignBridgeStatic', 'ayyyy', '0', '9', '11', '2'], 'Bad pool start EID'],
  [['AssignBridgeStatic', 'ayyyy', '0', '250', '0', '9'], 'Ran out of EIDs'],
])('busctl call %j fails with "Call failed: %s" and status 1 (R-DBUS-17, 37, 38)', async (call, text) => {
  expect(await busOwner(...call)).toEqual({ status: 1, stdout: '', stderr: `Call failed: ${text}\n` });
});
