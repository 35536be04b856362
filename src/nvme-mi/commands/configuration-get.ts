import { Malformed, Reader } from '../../base/reader';
import { checked, sized, type MiAnswer, type MiCommand, type MiRequest } from '../command';
import { frequencyKHz, type FrequencyKHz } from '../smbus-frequency';

const OPCODE = 0x04;

/** Configuration identifiers of Get and Set. */
export const Configuration = { smbusFrequency: 1, healthStatusChange: 2, transmissionUnit: 3 } as const;

/** @throws RangeError */
export function configurationPlace(identifier: number, port: number): number {
  return identifier + checked('port', port, 8) * 0x100_0000;
}

export const getSmbusFrequency: MiCommand<{ readonly port: number }, FrequencyKHz> = {
  opcode: OPCODE,
  name: 'Configuration Get (SMBus/I2C frequency)',
  summary: 'Tells the clock frequency of a port, in kHz.',
  encodeRequest: ({ port }): MiRequest => ({ dw0: configurationPlace(Configuration.smbusFrequency, port) }),
  decodeResponse(answer) {
    const code = valueOf(answer, (reader) => reader.u8() & 0xf);
    if (code instanceof Malformed) return code;
    return frequencyKHz(code) ?? new Malformed(`frequency code ${code}`);
  },
};

/** In bytes, without the MCTP header. */
export const getTransmissionUnit: MiCommand<{ readonly port: number }, number> = {
  opcode: OPCODE,
  name: 'Configuration Get (MCTP transmission unit size)',
  summary: 'Tells the MCTP transmission unit of a port, in bytes.',
  encodeRequest: ({ port }): MiRequest => ({ dw0: configurationPlace(Configuration.transmissionUnit, port) }),
  decodeResponse: (answer) => valueOf(answer, (reader) => reader.u16()),
};

/** The value stands in the response header; there is no data. */
function valueOf({ management, data }: MiAnswer, read: (reader: Reader) => number): number | Malformed {
  return sized(data, 0, () => read(new Reader(management, 'little-endian')));
}
