import { Reader, atLeast, exactly } from '../../base/reader';
import { packed, type ControlCommand } from '../codec';

/** Bits 7:6 of an entry's third byte (DSP0236 §12.12). */
export const RouteEntryType = { endpoint: 0, bridgeWithRange: 1, bridge: 2, rangeWithoutBridge: 3 } as const;
/** Next handle: there is no more. */
export const LAST_HANDLE = 0xff;

export interface RoutingTableEntry {
  /** Number of EIDs from `first` on. */
  readonly size: number;
  readonly first: number;
  /** {@link RouteEntryType}, 0..3. */
  readonly entryType: number;
  readonly isStatic: boolean;
  /** 0..31. */
  readonly port: number;
  /** Physical transport binding and medium identifiers (DSP0239). */
  readonly binding: number;
  readonly medium: number;
  /** 0..255 bytes. */
  readonly address: Uint8Array;
}

export interface GetRoutingTableRequest {
  /** 0 first. */
  readonly handle: number;
}

export interface GetRoutingTableResponse {
  readonly nextHandle: number;
  readonly entries: readonly RoutingTableEntry[];
}

export const getRoutingTableEntries: ControlCommand<GetRoutingTableRequest, GetRoutingTableResponse> = {
  code: 0x0a,
  name: 'Get Routing Table Entries',
  summary: 'Reads the routing table of a bus owner or bridge; the handle walks through it.',
  encodeRequest: ({ handle }) => packed(handle),
  decodeRequest(data) {
    const reader = new Reader(data);
    return exactly(reader, { handle: reader.u8() });
  },
  encodeResponse: ({ nextHandle, entries }) =>
    packed(nextHandle, entries.length, ...entries.flatMap((each) => [...encodeRoutingEntry(each)])),
  decodeResponse(data) {
    const reader = new Reader(data);
    const nextHandle = reader.u8();
    // Entries differ in length: each says its address's, and one that overruns spoils the response.
    return atLeast(reader, { nextHandle, entries: reader.list(reader.u8(), decodeEntry) });
  },
};

/** One entry as on the wire, for those who count how many fit. */
export function encodeRoutingEntry(entry: RoutingTableEntry): Uint8Array {
  const flags = ((entry.entryType & 0x03) << 6) | (entry.isStatic ? 0x20 : 0) | (entry.port & 0x1f);
  const { size, first, binding, medium, address } = entry;
  return packed(size, first, flags, binding, medium, address.length, ...address);
}

function decodeEntry(reader: Reader): RoutingTableEntry {
  const size = reader.u8();
  const first = reader.u8();
  const flags = reader.u8();
  return {
    size,
    first,
    entryType: flags >> 6,
    isStatic: (flags & 0x20) !== 0,
    port: flags & 0x1f,
    binding: reader.u8(),
    medium: reader.u8(),
    address: reader.bytes(reader.u8()),
  };
}
