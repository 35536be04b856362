import { checked, sized, type MiAnswer, type MiCommand } from '../command';
import { changedMask, type ChangedFlags } from '../health-flags';
import { frequencyCode, type FrequencyKHz } from '../smbus-frequency';
import type { Malformed } from '../../base/reader';
import { Configuration, configurationPlace } from './configuration-get';

const OPCODE = 0x03;

/** Set answers with the status alone. */
type Done = Readonly<Record<string, never>>;

const done = ({ data }: MiAnswer): Done | Malformed => sized(data, 0, () => ({}));

export interface SetSmbusFrequencyRequest {
  readonly port: number;
  readonly kHz: FrequencyKHz;
}

export const setSmbusFrequency: MiCommand<SetSmbusFrequencyRequest, Done> = {
  opcode: OPCODE,
  name: 'Configuration Set (SMBus/I2C frequency)',
  summary: 'Changes the clock frequency of a port.',
  encodeRequest: ({ port, kHz }) => ({
    dw0: configurationPlace(Configuration.smbusFrequency, port) + frequencyCode(kHz) * 0x100,
  }),
  decodeResponse: done,
};

export interface SetTransmissionUnitRequest {
  readonly port: number;
  /** Without the MCTP header; at least 64, at most what the port says it can. */
  readonly bytes: number;
}

/**
 * The half of a change that is the device's: the route to it has to follow (by 4 bytes more, the MCTP header), after the
 * response when the unit grows, before the request when it shrinks.
 */
export const setTransmissionUnit: MiCommand<SetTransmissionUnitRequest, Done> = {
  opcode: OPCODE,
  name: 'Configuration Set (MCTP transmission unit size)',
  summary: 'Changes the MCTP transmission unit of a port.',
  encodeRequest: ({ port, bytes }) => ({
    dw0: configurationPlace(Configuration.transmissionUnit, port),
    dw1: checked('transmission unit', bytes, 16),
  }),
  decodeResponse: done,
};

/** Clears the flags that are `true`, for every reader. */
export const clearHealthStatusChange: MiCommand<Partial<ChangedFlags>, Done> = {
  opcode: OPCODE,
  name: 'Configuration Set (health status change)',
  summary: 'Clears changed flags of the composite controller status.',
  encodeRequest: (flags) => ({
    dw0: configurationPlace(Configuration.healthStatusChange, 0),
    dw1: changedMask(flags),
  }),
  decodeResponse: done,
};
