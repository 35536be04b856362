import { Malformed } from '../../base/reader';
import { checked, type AdminCommand } from '../command';

export interface LogPageRequest {
  /** LID, 0..255. */
  readonly log: number;
  /** Default: all namespaces. */
  readonly nsid?: number;
  /** In bytes; multiples of 4. */
  readonly offset?: number;
  /** 4..4096 bytes, a multiple of 4. */
  readonly length: number;
  /** RAE: leaves the asynchronous event that this log would clear. Default true: reading changes nothing. */
  readonly retainEvents?: boolean;
  /** LSP, 0..127. */
  readonly specificField?: number;
  /** LSI, 0..65535. */
  readonly specificIdentifier?: number;
  /** CSI, 0..255. */
  readonly commandSet?: number;
  readonly uuidIndex?: number;
}

export const ALL_NAMESPACES = 0xffff_ffff;
const RETAIN = 0x8000;

/** At most 4096 bytes of a log; a shorter answer says that the log ends there. */
export const getLogPage: AdminCommand<LogPageRequest, Uint8Array> = {
  opcode: 0x02,
  name: 'Get Log Page',
  summary: 'Reads a part of a log of the controller.',
  encodeRequest(request) {
    const { nsid = ALL_NAMESPACES, offset = 0, length } = request;
    // The part is chosen in the command itself: devices support that better than an offset into the message's data.
    return { nsid, dwords: dwordsOf(request, offset), length };
  },
  decodeResponse({ data }, { length }) {
    if (data.length > length) return new Malformed(`${data.length} bytes of data instead of ${length}`);
    return Uint8Array.from(data);
  },
};

function dwordsOf(request: LogPageRequest, offset: number): readonly number[] {
  const { log, length, retainEvents = true, specificField = 0, specificIdentifier = 0 } = request;
  const { commandSet = 0, uuidIndex = 0 } = request;
  if (length < 4 || length % 4 !== 0) throw new RangeError(`length ${length} is no multiple of 4`);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 4 !== 0)
    throw new RangeError(`offset ${offset}`);
  // Dwords minus one; 4096 bytes never need the upper half.
  const count = length / 4 - 1;
  const specific = checked('log specific field', specificField, 7) * 0x100;
  return [
    count * 0x1_0000 + (retainEvents ? RETAIN : 0) + specific + checked('log', log, 8),
    checked('log specific identifier', specificIdentifier, 16) * 0x1_0000,
    offset % 2 ** 32,
    Math.floor(offset / 2 ** 32),
    checked('command set', commandSet, 8) * 0x100_0000 + checked('UUID index', uuidIndex, 7),
  ];
}
