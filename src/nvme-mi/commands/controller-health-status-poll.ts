import { byteAt } from '../../base/bytes';
import { Reader } from '../../base/reader';
import { checked, sized, type MiCommand } from '../command';
import {
  changedFlags,
  criticalWarning,
  isSet,
  type ChangedFlags,
  type CriticalWarning,
} from '../health-flags';

export interface ControllerHealthRequest {
  /** Lowest controller ID; default 0. */
  readonly from?: number;
  /** 1..256; default 255. Small values confuse responders that do not count from zero here. */
  readonly maxEntries?: number;
  /** Controllers whose health changed only; default false: all. */
  readonly changedOnly?: boolean;
  /** Clears the changed flags once they are read. Default false. */
  readonly clear?: boolean;
}

export interface ControllerHealth {
  readonly controller: number;
  readonly ready: boolean;
  readonly fatalStatus: boolean;
  readonly shutdown: 'none' | 'occurring' | 'complete' | 'reserved';
  readonly subsystemResetOccurred: boolean;
  readonly temperatureKelvin: number;
  /** May exceed 100, 255 = that or more. */
  readonly percentageUsed: number;
  readonly sparePercent: number;
  readonly warning: CriticalWarning;
  /** All clear before NVMe-MI 2.0. */
  readonly changed: ChangedFlags;
}

/** Report whether something changed or not. */
const ALL = 0x8000_0000;
const CLEAR = 0x8000_0000;
/** Controller status, temperature, percentage used, spare, critical warning. */
const EVERY_PROPERTY = 0x1f;
const ENTRY_SIZE = 16;
const SHUTDOWN = ['none', 'occurring', 'complete', 'reserved'] as const;

export const controllerHealthStatusPoll: MiCommand<ControllerHealthRequest, readonly ControllerHealth[]> = {
  opcode: 0x02,
  name: 'Controller Health Status Poll',
  summary: 'Tells the health of each controller.',
  encodeRequest({ from = 0, maxEntries = 255, changedOnly = false, clear = false }) {
    // That the field counts from zero is unverified.
    const most = checked('entries minus one', maxEntries - 1, 8);
    const place = checked('controller', from, 16) + most * 0x1_0000;
    return {
      dw0: place + (changedOnly ? 0 : ALL),
      dw1: EVERY_PROPERTY + (clear ? CLEAR : 0),
    };
  },
  decodeResponse({ management, data }) {
    const count = byteAt(management, 2);
    const reader = new Reader(data, 'little-endian');
    return sized(data, count * ENTRY_SIZE, () => reader.list(count, entry));
  },
};

function entry(reader: Reader): ControllerHealth {
  const controller = reader.u16();
  const status = reader.u16();
  const health = {
    controller,
    ready: isSet(status, 0),
    fatalStatus: isSet(status, 1),
    shutdown: SHUTDOWN[(status >> 2) & 3] ?? 'reserved',
    subsystemResetOccurred: isSet(status, 4),
    temperatureKelvin: reader.u16(),
    percentageUsed: reader.u8(),
    sparePercent: reader.u8(),
    warning: criticalWarning(reader.u8()),
    changed: changedFlags(reader.u16()),
  };
  reader.skip(5);
  return health;
}
