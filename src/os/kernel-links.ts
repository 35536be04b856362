import { PhysicalBinding } from '../base/ids';
import { AF_MCTP } from './mctp-address';
import { LITTLE_ENDIAN, viewOf } from './native-order';
import {
  areWhole,
  decodeAttributes,
  encodeAttributes,
  nested,
  readU32,
  readU8,
  u32,
} from './netlink-attributes';
import { join, Rtm, type RtnetlinkRequest } from './rtnetlink-messages';

/** struct ifinfomsg. */
const IFINFOMSG = 16;
const IFF_UP = 1;
const IFF_LOOPBACK = 8;
const IFLA = { address: 1, name: 3, mtu: 4, afSpec: 26, minMtu: 50, maxMtu: 51 } as const;
const IFLA_MCTP = { network: 1, physicalBinding: 2 } as const;
/** Network ids are printed and used as `int` by clients (R-CONS-15). */
const MAX_NETWORK = 0x7fff_ffff;

/** An MCTP link as a dump tells it. */
export interface KernelLink {
  readonly index: number;
  readonly name: string;
  readonly network: number;
  /** DSP0239 identifier; 0 where the kernel does not tell, as 6.1. */
  readonly physicalBinding: number;
  /** Empty where the device has no addresses: serial. */
  readonly address: Uint8Array;
  /** `lo`. */
  readonly loopback: boolean;
  readonly up: boolean;
  readonly mtu: number;
  readonly minMtu: number;
  /** 0 = no limit. */
  readonly maxMtu: number;
}

/** What an administrator sets about a link; what is absent stays as it is. */
export interface LinkChange {
  readonly up?: boolean;
  /** 1..2147483647. Linux 6.1 would take 0, which no link can be used in. */
  readonly network?: number;
  /** Packet bytes, 4 header bytes included. */
  readonly mtu?: number;
}

export function linkDump(): RtnetlinkRequest {
  const head = new Uint8Array(IFINFOMSG);
  head[0] = AF_MCTP;
  return { type: Rtm.getLink, payload: head };
}

/** Every part of the change in one message. */
export function changeLink(index: number, { up, network, mtu }: LinkChange): RtnetlinkRequest {
  const head = new Uint8Array(IFINFOMSG);
  const view = viewOf(head);
  view.setInt32(4, index, LITTLE_ENDIAN);
  // Flags, and which of them are meant.
  view.setUint32(8, up === true ? IFF_UP : 0, LITTLE_ENDIAN);
  view.setUint32(12, up === undefined ? 0 : IFF_UP, LITTLE_ENDIAN);
  const attributes = [
    ...(mtu === undefined ? [] : [u32(IFLA.mtu, mtu)]),
    ...(network === undefined ? [] : [nested(IFLA.afSpec, nested(AF_MCTP, u32(IFLA_MCTP.network, network)))]),
  ];
  return { type: Rtm.newLink, payload: join(head, encodeAttributes(...attributes)) };
}

/**
 * One link of a dump or an event. `undefined`: damaged, no MCTP device, or one that is none of ours by R-DISC-121
 * (network 0, no MTU range). The type of the device says nothing: `lo` and tunnels are MCTP devices too.
 */
export function decodeLink(payload: Uint8Array): KernelLink | undefined {
  if (payload.length < IFINFOMSG) return undefined;
  const view = viewOf(payload);
  const attributes = decodeAttributes(payload.subarray(IFINFOMSG));
  const families = decodeAttributes(attributes.get(IFLA.afSpec) ?? new Uint8Array(0));
  const mctp = families.get(AF_MCTP);
  const index = view.getInt32(4, LITTLE_ENDIAN);
  const name = readName(attributes.get(IFLA.name));
  if (mctp === undefined || name === undefined || index <= 0) return undefined;
  const own = decodeAttributes(mctp);
  const network = readU32(own.get(IFLA_MCTP.network)) ?? 0;
  const minMtu = readU32(attributes.get(IFLA.minMtu));
  const maxMtu = readU32(attributes.get(IFLA.maxMtu));
  if (network === 0 || network > MAX_NETWORK || minMtu === undefined || maxMtu === undefined)
    return undefined;
  const flags = view.getUint32(8, LITTLE_ENDIAN);
  return {
    ...{ index, name, network, minMtu, maxMtu },
    physicalBinding: readU8(own.get(IFLA_MCTP.physicalBinding)) ?? PhysicalBinding.unspecified,
    address: attributes.get(IFLA.address) ?? new Uint8Array(0),
    loopback: (flags & IFF_LOOPBACK) !== 0,
    up: (flags & IFF_UP) !== 0,
    mtu: readU32(attributes.get(IFLA.mtu)) ?? maxMtu,
  };
}

/** Which link an event is about, and whether that is an MCTP device: one that is damaged may be. */
export function concernedLink(payload: Uint8Array): { readonly index: number; readonly isMctp: boolean } {
  if (payload.length < IFINFOMSG || !areWhole(payload.subarray(IFINFOMSG))) return { index: 0, isMctp: true };
  const families = decodeAttributes(payload.subarray(IFINFOMSG)).get(IFLA.afSpec) ?? new Uint8Array(0);
  const index = viewOf(payload).getInt32(4, LITTLE_ENDIAN);
  return { index, isMctp: decodeAttributes(families).has(AF_MCTP) };
}

/** Ends with a NUL, which a damaged message may lack. */
function readName(data: Uint8Array | undefined): string | undefined {
  if (data === undefined) return undefined;
  const end = data.indexOf(0);
  const name = Buffer.from(end < 0 ? data : data.subarray(0, end)).toString('latin1');
  return name === '' ? undefined : name;
}
