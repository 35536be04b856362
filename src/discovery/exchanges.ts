import type { Clock } from '../base/clock';
import {
  allocateEndpointIds,
  AllocateOperation,
  type AllocateEndpointIdsResponse,
} from '../control/commands/allocate-endpoint-ids';
import { discoveryNotify } from '../control/commands/discovery-notify';
import { getEndpointId, EndpointType, type GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { getEndpointUuid } from '../control/commands/get-endpoint-uuid';
import { getMessageTypeSupport } from '../control/commands/get-message-type-support';
import { getVendorDefinedMessageSupport } from '../control/commands/get-vendor-defined-message-support';
import {
  setEndpointId,
  SetEidOperation,
  type SetEndpointIdResponse,
} from '../control/commands/set-endpoint-id';
import type { ControlRequester } from '../control/requester';
import type { Destination } from '../core/net';
import type { Pool, VendorType } from './endpoint';
import type { EndpointStatus } from './operations';

/** What the engine needs of the requester: tests may hand in another one. */
export type Requester = Pick<ControlRequester, 'request' | 'statistics' | 'forget' | 'timeoutMs'>;

export interface ExchangeOptions {
  /** Absent: the link's (R-DISC-11). */
  readonly attempts?: number;
  /** Bytes behind the end are fine: PCIe VDM devices pad (R-DISC-40, R-DISC-41). */
  readonly allowTrailing?: boolean;
}

/** R-DISC-149. */
const NOTIFY_ATTEMPTS = 3;

/** The control commands that the engine sends, by name. */
export class Exchanges {
  constructor(
    private readonly requester: Requester,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Milliseconds of the engine's clock. */
  now(): number {
    return this.clock.now();
  }

  /** Milliseconds that one attempt waits for an answer. */
  timeoutMs(destination: Destination): number {
    return this.requester.timeoutMs(destination);
  }

  getEndpointId(destination: Destination, options?: ExchangeOptions): Promise<GetEndpointIdResponse> {
    return this.requester.request(destination, getEndpointId, {}, options);
  }

  /** Operation 0, never force (R-DISC-44). */
  setEndpointId(destination: Destination, eid: number): Promise<SetEndpointIdResponse> {
    return this.requester.request(destination, setEndpointId, { operation: SetEidOperation.set, eid });
  }

  /** Operation 0, never force (R-DISC-60, R-DISC-63). */
  allocateEndpointIds(destination: Destination, pool: Pool): Promise<AllocateEndpointIdsResponse> {
    const size = pool.end - pool.start + 1;
    const request = { operation: AllocateOperation.allocate, size, first: pool.start };
    return this.requester.request(destination, allocateEndpointIds, request);
  }

  async getMessageTypes(destination: Destination, options?: ExchangeOptions): Promise<readonly number[]> {
    return (await this.requester.request(destination, getMessageTypeSupport, {}, options)).types;
  }

  async getVendorType(
    destination: Destination,
    selector: number,
    options?: ExchangeOptions,
  ): Promise<{ readonly next: number; readonly vendorType: VendorType }> {
    const answer = await this.requester.request(
      destination,
      getVendorDefinedMessageSupport,
      { selector },
      options,
    );
    const { nextSelector, format, vendor, subtype } = answer;
    return { next: nextSelector, vendorType: { format, vendor, subtype } };
  }

  async getUuid(destination: Destination, options?: ExchangeOptions): Promise<string> {
    return (await this.requester.request(destination, getEndpointUuid, {}, options)).uuid;
  }

  /** From an endpoint to its bus owner (R-DISC-149). */
  async discoveryNotify(destination: Destination): Promise<void> {
    await this.requester.request(destination, discoveryNotify, {}, { attempts: NOTIFY_ATTEMPTS });
  }

  /** How the requests fared, by EID and by physical address added up (R-DBUS-54). */
  status(...destinations: readonly Destination[]): EndpointStatus {
    return this.requester.statistics(...destinations);
  }

  /** Another device may have this EID next. */
  forget(destination: Destination): void {
    this.requester.forget(destination);
  }
}

/** Bits 5:4 of the type byte; the reserved values are no bridges (R-DISC-51). */
export function isBridge(answer: GetEndpointIdResponse): boolean {
  return answer.endpointType === EndpointType.bridge;
}
