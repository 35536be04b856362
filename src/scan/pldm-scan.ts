import { MessageType } from '../base/ids';
import type { Endpoint } from './endpoint';
import { scan, type ScanOptions } from './scan';

/**
 * The PLDM termini: every endpoint that supports PLDM, with one call on the bus.
 * @throws as `scan`
 */
export function pldmScan(options: Omit<ScanOptions, 'messageType'> = {}): Promise<readonly Endpoint[]> {
  return scan({ ...options, messageType: MessageType.pldm });
}
