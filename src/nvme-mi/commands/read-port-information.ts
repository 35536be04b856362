import { Reader } from '../../base/reader';
import { sized, type MiCommand } from '../command';
import { isSet } from '../health-flags';
import { frequencyKHz, type FrequencyKHz } from '../smbus-frequency';
import { DataStructure, READ_DATA_STRUCTURE, STRUCTURE_SIZE, structureRequest } from './read-data-structure';

interface PortBasics {
  /** CIAPS: it pauses by itself when a command says so. */
  readonly automaticPause: boolean;
  /** AEMS: it can send asynchronous events. */
  readonly asynchronousEvents: boolean;
  /** Largest MCTP transmission unit in bytes, without the MCTP header. */
  readonly transmissionUnitBytes: number;
  /** Management endpoint buffer; 0 = none. */
  readonly bufferBytes: number;
}

export interface PciePort extends PortBasics {
  readonly kind: 'pcie';
  readonly maxPayloadBytes: number;
  readonly supportedSpeedsGtps: readonly number[];
  /** 0 = the link is inactive. */
  readonly speedGtps: number;
  readonly maxLanes: number;
  /** 0 = the link is inactive. */
  readonly lanes: number;
  readonly portNumber: number;
}

export interface SmbusPort extends PortBasics {
  readonly kind: 'smbus';
  /** 7-bit addresses; 0 = none. */
  readonly vpdAddress: number;
  readonly vpdFrequencyKHz: FrequencyKHz | undefined;
  readonly endpointAddress: number;
  readonly endpointFrequencyKHz: FrequencyKHz | undefined;
  /** NVMe-MI 2.0: the port can do I3C. */
  readonly i3c: boolean;
  /** It answers the NVMe Basic Management Command. */
  readonly basicManagement: boolean;
}

/** A port of another type carries its code; 0 is an inactive one. */
export interface OtherPort extends PortBasics {
  readonly kind: 'inactive' | 'unknown';
  readonly type: number;
}

export type PortInformation = PciePort | SmbusPort | OtherPort;

const PORT_TYPE = { inactive: 0, pcie: 1, smbus: 2 };
/** Of the supported speeds vector from bit 0 on, and of the current speed from 1 on. */
const SPEEDS_GTPS: readonly number[] = [2.5, 5, 8, 16, 32, 64];

export const readPortInformation: MiCommand<{ readonly port: number }, PortInformation> = {
  opcode: READ_DATA_STRUCTURE,
  name: 'Read NVMe-MI Data Structure (port)',
  summary: 'Tells what a management port is and how long its packets may be.',
  encodeRequest: ({ port }) => structureRequest(DataStructure.port, { port }),
  decodeResponse: ({ data }) => sized(data, STRUCTURE_SIZE, () => portOf(new Reader(data, 'little-endian'))),
};

function portOf(reader: Reader): PortInformation {
  const type = reader.u8();
  const capabilities = reader.u8();
  const basics = {
    automaticPause: isSet(capabilities, 0),
    asynchronousEvents: isSet(capabilities, 1),
    transmissionUnitBytes: reader.u16(),
    bufferBytes: reader.u32(),
  };
  if (type === PORT_TYPE.pcie) return pciePort(basics, reader);
  if (type === PORT_TYPE.smbus) return smbusPort(basics, reader);
  return { ...basics, kind: type === PORT_TYPE.inactive ? 'inactive' : 'unknown', type };
}

function pciePort(basics: PortBasics, reader: Reader): PciePort {
  const maxPayloadBytes = 128 << (reader.u8() & 7);
  const vector = reader.u8();
  return {
    ...basics,
    kind: 'pcie',
    maxPayloadBytes,
    supportedSpeedsGtps: SPEEDS_GTPS.filter((_, bit) => isSet(vector, bit)),
    speedGtps: SPEEDS_GTPS[reader.u8() - 1] ?? 0,
    maxLanes: reader.u8(),
    lanes: reader.u8(),
    portNumber: reader.u8(),
  };
}

function smbusPort(basics: PortBasics, reader: Reader): SmbusPort {
  const vpdAddress = reader.u8();
  const vpdFrequencyKHz = frequencyKHz(reader.u8() & 3);
  const endpointAddress = reader.u8();
  const frequency = reader.u8();
  return {
    ...basics,
    kind: 'smbus',
    vpdAddress,
    vpdFrequencyKHz,
    endpointAddress,
    endpointFrequencyKHz: frequencyKHz(frequency & 3),
    i3c: isSet(frequency, 7),
    basicManagement: isSet(reader.u8(), 0),
  };
}
