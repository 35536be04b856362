import { fromHex } from '../../base/bytes';

/**
 * Brings a Linux `mctp-serial` peer back that has gone deaf, from every state of its receiver, at the cost of one of
 * its CRC error counts at most; a synchronised peer does not notice. The 0x55 bytes end whatever packet the receiver
 * believes to be in, the rest is a small frame of wrong FCS for each header position that can be left over, and no
 * byte count in it is zero, which older drivers mishandle. One write, between two frames only.
 */
export const RECOVERY_WORD: Uint8Array = Uint8Array.from([
  ...new Uint8Array(80).fill(0x55),
  ...(fromHex('7e010255557e557e') ?? []),
]);
