import { Malformed, Reader, exactly } from '../../base/reader';
import { noResponseData, packed, type ControlCommand, type NoData } from '../codec';

export interface RoutingUpdateEntry {
  /** RouteEntryType of Get Routing Table Entries, 0..15. */
  readonly entryType: number;
  /** Number of EIDs from `first` on. */
  readonly size: number;
  readonly first: number;
  readonly address: Uint8Array;
}

export interface RoutingUpdateRequest {
  readonly entries: readonly RoutingUpdateEntry[];
}

/** Entry type, size, first EID. */
const ENTRY_HEAD = 3;

export const routingInformationUpdate: ControlCommand<RoutingUpdateRequest, NoData> = {
  code: 0x09,
  name: 'Routing Information Update',
  summary: 'Tells the bridges of a bus which EIDs are reached through which physical address.',
  encodeRequest: ({ entries }) =>
    packed(
      entries.length,
      ...entries.flatMap((each) => [each.entryType & 0x0f, each.size, each.first, ...each.address]),
    ),
  decodeRequest(data) {
    const reader = new Reader(data);
    const count = reader.u8();
    // No length byte: every address has the length of the one medium, so the entries share out what is there.
    const each = count === 0 ? 0 : reader.remaining / count;
    if (count > 0 && (!Number.isInteger(each) || each < ENTRY_HEAD)) {
      return new Malformed(`${reader.remaining} bytes for ${count} entries`);
    }
    const entries = reader.list(count, () => ({
      entryType: reader.u8() & 0x0f,
      size: reader.u8(),
      first: reader.u8(),
      address: reader.bytes(each - ENTRY_HEAD),
    }));
    return exactly(reader, { entries });
  },
  ...noResponseData,
};
