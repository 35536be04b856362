import { Reader } from '../../base/reader';
import { sized, type MiCommand } from '../command';
import {
  changedFlags,
  compositeTemperature,
  criticalWarning,
  isSet,
  type ChangedFlags,
  type CompositeTemperature,
  type CriticalWarning,
} from '../health-flags';

export interface SubsystemHealth {
  readonly driveFunctional: boolean;
  /** A reset is needed before the subsystem works as it should. */
  readonly resetRequired: boolean;
  /** Of PCIe ports 0 and 1. */
  readonly linkActive: readonly [boolean, boolean];
  readonly sanitizeFailure: boolean;
  /**
   * Some responders (nvme-mi-dev) forget to invert the temperature bit on the wire and always report a temperature
   * warning here; {@link temperature} tells whether to believe it.
   */
  readonly warning: CriticalWarning;
  readonly temperature: CompositeTemperature;
  /** Of the rated endurance; may exceed 100, 255 = that or more. */
  readonly percentageUsed: number;
  /** What changed since somebody cleared it. */
  readonly changed: ChangedFlags;
}

export interface SubsystemHealthRequest {
  /** Clears the changed flags once they are read; every other reader misses the events then. Default false. */
  readonly clear?: boolean;
}

const SIZE = 8;
const CLEAR = 0x8000_0000;

export const subsystemHealthStatusPoll: MiCommand<SubsystemHealthRequest, SubsystemHealth> = {
  opcode: 0x01,
  name: 'NVM Subsystem Health Status Poll',
  summary: 'Tells the health of the whole drive in eight bytes.',
  encodeRequest: ({ clear = false }) => ({ dw1: clear ? CLEAR : 0 }),
  decodeResponse: ({ data }) => sized(data, SIZE, () => healthOf(new Reader(data, 'little-endian'))),
};

function healthOf(reader: Reader): SubsystemHealth {
  const status = reader.u8();
  return {
    driveFunctional: isSet(status, 5),
    resetRequired: !isSet(status, 4),
    linkActive: [isSet(status, 3), isSet(status, 2)],
    sanitizeFailure: isSet(status, 6),
    // Inverted on the wire: a set bit is "no warning".
    warning: criticalWarning(~reader.u8()),
    temperature: compositeTemperature(reader.u8()),
    percentageUsed: reader.u8(),
    changed: changedFlags(reader.u16()),
  };
}
