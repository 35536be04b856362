import { LITTLE_ENDIAN } from '../../src/os/native-order';

/**
 * Bytes of a structure that is in the machine's order, written down as a little-endian machine has them, numbers in
 * braces: `{2d00}0000` is 2d 00 00 00 here and 00 2d 00 00 on a big-endian machine.
 */
export function machineOrder(text: string, littleEndian = LITTLE_ENDIAN): string {
  return text
    .replace(/\s+/g, '')
    .replace(/\{([0-9a-f]+)\}/g, (_, number: string) =>
      littleEndian ? number : (number.match(/../g) ?? []).reverse().join(''),
    );
}
