/** D-Bus names of the contract (dbus-interfaces/). */

export const SERVICE_NAME = 'au.com.codeconstruct.MCTP1';
export const ROOT_PATH = '/au/com/codeconstruct/mctp1';

export const Iface = {
  root: 'au.com.codeconstruct.MCTP1',
  link: 'au.com.codeconstruct.MCTP.Interface1',
  busOwner: 'au.com.codeconstruct.MCTP.BusOwner1',
  network: 'au.com.codeconstruct.MCTP.Network1',
  endpoint1: 'au.com.codeconstruct.MCTP.Endpoint1',
  bridge: 'au.com.codeconstruct.MCTP.Bridge1',
  endpoint: 'xyz.openbmc_project.MCTP.Endpoint',
  uuid: 'xyz.openbmc_project.Common.UUID',
  association: 'xyz.openbmc_project.Association.Definitions',
  ownManager: 'org.mctp_endpoint_manager.Manager1',
  ownLink: 'org.mctp_endpoint_manager.Link1',
  ownNetwork: 'org.mctp_endpoint_manager.Network1',
  ownEndpoint: 'org.mctp_endpoint_manager.Endpoint1',
  peer: 'org.freedesktop.DBus.Peer',
  introspectable: 'org.freedesktop.DBus.Introspectable',
  properties: 'org.freedesktop.DBus.Properties',
  objectManager: 'org.freedesktop.DBus.ObjectManager',
} as const;

/** Names of mctpd 1.x, for its clients alone (R-CONS-46). */
export const LEGACY_SERVICE_NAME = 'xyz.openbmc_project.MCTP';
export const LEGACY_ROOT_PATH = '/xyz/openbmc_project/mctp';

/** What was called otherwise then; `Iface.endpoint` and `Iface.uuid` had their present names. */
export const LegacyIface = {
  root: 'au.com.CodeConstruct.MCTP',
  endpoint: 'au.com.CodeConstruct.MCTP.Endpoint',
} as const;

export function legacyEndpointPath(network: number, eid: number): string {
  return `${LEGACY_ROOT_PATH}/${network}/${eid}`;
}

export function networkPath(network: number): string {
  return `${ROOT_PATH}/networks/${network}`;
}

export function endpointPath(network: number, eid: number): string {
  return `${networkPath(network)}/endpoints/${eid}`;
}

/**
 * A link's object path. A path element holds only `[A-Za-z0-9_]`, so every other byte becomes `_` and two lower-case
 * hex digits (R-DBUS-7): `mctp-usb0` is `mctp_2dusb0`.
 */
export function linkPath(name: string): string {
  const escaped = Array.from(Buffer.from(name, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
  });
  return `${ROOT_PATH}/interfaces/${escaped.join('')}`;
}
