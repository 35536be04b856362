import { byteAt } from '../base/bytes';
import {
  IDENTITY_SIZE,
  IdentifyStructure,
  identify,
  identityOf,
  type ControllerIdentity,
} from './commands/identify';

/** What drives need beyond the standard. */
export interface Quirks {
  /** Milliseconds between an answer and the next request. */
  readonly pauseMs: number;
}

export const NO_QUIRKS: Quirks = { pauseMs: 0 };

/**
 * Samsung drives of one family lose a request that comes within about a millisecond after a response (libnvme waits
 * 1200 µs). As long as the model is not known, every drive is taken for one of them: that costs next to nothing, where
 * asking for the model first costs a request, and a whole timeout where Identify is not answered.
 */
export const CAUTIOUS: Quirks = { pauseMs: 1.2 };

const SAMSUNG = 0x144d;

export function quirksOf({ vendorId, model }: Pick<ControllerIdentity, 'vendorId' | 'model'>): Quirks {
  return vendorId === SAMSUNG && model.startsWith('MZUL2512HCJQ') ? CAUTIOUS : NO_QUIRKS;
}

/**
 * Of the drive, where an Admin command has just told its model: Identify Controller, from its beginning.
 * @param request as `encoding.ts` lays it out
 */
export function quirksSeenIn(request: Uint8Array, data: Uint8Array): Quirks | undefined {
  const isFromStart = byteAt(request, 1) === LENGTH_ONLY;
  const isController =
    byteAt(request, 0) === identify.opcode && byteAt(request, 40) === IdentifyStructure.controller;
  return isFromStart && isController && data.length >= IDENTITY_SIZE ? quirksOf(identityOf(data)) : undefined;
}

/** Flags of a request for data from offset 0. */
const LENGTH_ONLY = 0x01;
