import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import type { ControlCommand } from '../control/codec';
import { getEndpointId, EndpointType, type GetEndpointIdResponse } from '../control/commands/get-endpoint-id';
import { getEndpointUuid } from '../control/commands/get-endpoint-uuid';
import { getMessageTypeSupport } from '../control/commands/get-message-type-support';
import { getVendorDefinedMessageSupport } from '../control/commands/get-vendor-defined-message-support';
import {
  setEndpointId,
  SetEidOperation,
  type SetEndpointIdResponse,
} from '../control/commands/set-endpoint-id';
import type { Destination } from '../core/net';
import type { Contacts } from './contacts';
import type { VendorType } from './endpoint';

/** What the engine needs of `control/requester.ts`. */
export interface Requester {
  /**
   * @throws MctpError `no-response`, `refused` (with `context.completionCode`), `bad-response`, and what `Net.request`
   *   throws
   */
  request<Req, Res>(
    destination: Destination,
    command: ControlCommand<Req, Res>,
    request: Req,
    options?: ExchangeOptions,
  ): Promise<Res>;
}

export interface ExchangeOptions {
  /** Absent: the link's (R-DISC-11). */
  readonly attempts?: number;
  /** Bytes behind the end are fine: PCIe VDM devices pad (R-DISC-40, R-DISC-41). */
  readonly allowTrailing?: boolean;
}

/** The control commands of a bus owner, each counted for the status of the endpoint (R-DBUS-54). */
export class Exchanges {
  constructor(
    private readonly requester: Requester,
    private readonly contacts: Contacts,
    private readonly clock: Clock,
  ) {}

  getEndpointId(destination: Destination, options?: ExchangeOptions): Promise<GetEndpointIdResponse> {
    return this.ask(destination, getEndpointId, {}, options);
  }

  /** Operation 0, never force (R-DISC-44). */
  setEndpointId(destination: Destination, eid: number): Promise<SetEndpointIdResponse> {
    return this.ask(destination, setEndpointId, { operation: SetEidOperation.set, eid });
  }

  async getMessageTypes(destination: Destination, options?: ExchangeOptions): Promise<readonly number[]> {
    return (await this.ask(destination, getMessageTypeSupport, {}, options)).types;
  }

  async getVendorType(
    destination: Destination,
    selector: number,
    options?: ExchangeOptions,
  ): Promise<{ readonly next: number; readonly vendorType: VendorType }> {
    const answer = await this.ask(destination, getVendorDefinedMessageSupport, { selector }, options);
    const { nextSelector, format, vendor, subtype } = answer;
    return { next: nextSelector, vendorType: { format, vendor, subtype } };
  }

  async getUuid(destination: Destination, options?: ExchangeOptions): Promise<string> {
    return (await this.ask(destination, getEndpointUuid, {}, options)).uuid;
  }

  private async ask<Req, Res>(
    destination: Destination,
    command: ControlCommand<Req, Res>,
    request: Req,
    options?: ExchangeOptions,
  ): Promise<Res> {
    const begun = this.clock.now();
    try {
      const response = await this.requester.request(destination, command, request, options);
      this.contacts.answered(destination, begun, this.clock.now());
      return response;
    } catch (error) {
      if (error instanceof MctpError) this.contacts.failed(destination, error, this.clock.now());
      throw error;
    }
  }
}

/** Bits 5:4 of the type byte; the reserved values are no bridges (R-DISC-51). */
export function isBridge(answer: GetEndpointIdResponse): boolean {
  return answer.endpointType === EndpointType.bridge;
}
