import { isEndpointEid } from '../base/ids';
import { isMalformed } from '../base/reader';
import type { Incoming } from '../core/net';
import { decoded, failed, succeeded, type Answer, type Handler, type Reaction } from './answer';
import { allocateEndpointIds } from './commands/allocate-endpoint-ids';
import { endpointDiscovery } from './commands/endpoint-discovery';
import { prepareForEndpointDiscovery } from './commands/prepare-for-endpoint-discovery';
import { routingInformationUpdate } from './commands/routing-information-update';
import { SetEidOperation, setEndpointId, type SetEndpointIdRequest } from './commands/set-endpoint-id';
import { CompletionCode } from './header';
import type { ResponderHost } from './responder-host';

/**
 * What the bus owner of a link tells us there: our EID, the Discovered flag, a pool and routes (R-DISC-140..148,
 * R-DISC-170). On a link that we own nobody has anything to tell us.
 */
export class OwnerCommands {
  /** Links on which the host is at work: one change at a time on a link, so that a flood of them costs nothing. */
  private readonly busy = new Set<number>();

  constructor(private readonly host: ResponderHost) {}

  handlers(): readonly (readonly [number, Handler])[] {
    return [
      [setEndpointId.code, (incoming, data) => this.setEndpointId(incoming, data)],
      [allocateEndpointIds.code, (incoming, data) => this.allocate(incoming, data)],
      [routingInformationUpdate.code, (incoming, data) => this.updateRoutes(incoming, data)],
      [prepareForEndpointDiscovery.code, (incoming, data) => this.prepare(incoming, data)],
      [endpointDiscovery.code, (incoming, data) => this.discover(incoming, data)],
    ];
  }

  private isBusOwner(incoming: Incoming): boolean {
    return this.host.role(incoming.link) === 'BusOwner';
  }

  /** R-DISC-141..147. */
  private setEndpointId(incoming: Incoming, data: Uint8Array): Reaction {
    if (this.isBusOwner(incoming) || this.host.setEndpointId === undefined) {
      return failed(CompletionCode.unsupportedCommand);
    }
    const request = setEndpointId.decodeRequest(data);
    if (isMalformed(request)) return failed(CompletionCode.invalidLength);
    // Checked before the operation, so for operations 2 and 3 too (R-DISC-142).
    if (!isEndpointEid(request.eid)) return failed(CompletionCode.invalidData);
    if (request.operation === SetEidOperation.reset) {
      // The one refusal with data behind it, as recorded (R-DISC-147).
      return { completion: CompletionCode.invalidData, data: new Uint8Array(3) };
    }
    return this.alone(incoming, () => this.assign(incoming, request));
  }

  private async assign(incoming: Incoming, request: SetEndpointIdRequest): Promise<Answer> {
    const result = await this.host.setEndpointId?.(incoming, request);
    if (result === undefined) return failed(CompletionCode.unsupportedCommand);
    if (typeof result === 'number') return failed(result);
    return { ...succeeded(setEndpointId.encodeResponse(result)), afterwards: result.afterwards };
  }

  /** R-DISC-170: known where we ask for a pool, from the start. */
  private allocate(incoming: Incoming, data: Uint8Array): Reaction {
    const { host } = this;
    if (host.wantsPool?.(incoming.link) !== true) return failed(CompletionCode.unsupportedCommand);
    const handler = decoded(allocateEndpointIds, (_, request) =>
      this.alone(incoming, async () => {
        const result =
          (await host.allocateEndpointIds?.(incoming, request)) ?? CompletionCode.unsupportedCommand;
        return typeof result === 'number'
          ? failed(result)
          : succeeded(allocateEndpointIds.encodeResponse(result));
      }),
    );
    return handler(incoming, data);
  }

  /** R-DISC-170: known once we hold a pool. */
  private updateRoutes(incoming: Incoming, data: Uint8Array): Reaction {
    const { host } = this;
    if (host.holdsPool?.(incoming.link) !== true) return failed(CompletionCode.unsupportedCommand);
    const handler = decoded(routingInformationUpdate, (_, { entries }) =>
      this.alone(incoming, async () => {
        const completion =
          (await host.updateRoutes?.(incoming, entries)) ?? CompletionCode.unsupportedCommand;
        return { ...succeeded(), completion };
      }),
    );
    return handler(incoming, data);
  }

  private alone(incoming: Incoming, work: () => Promise<Answer>): Reaction {
    const { link } = incoming;
    if (this.busy.has(link)) return failed(CompletionCode.notReady);
    this.busy.add(link);
    return work().finally(() => this.busy.delete(link));
  }

  /** R-DISC-148. */
  private prepare(incoming: Incoming, data: Uint8Array): Reaction {
    if (this.isBusOwner(incoming)) return undefined;
    const flag = this.host.discoveredFlag?.(incoming.link);
    if (flag === undefined) return failed(CompletionCode.unsupportedCommand);
    if (data.length > 0) return failed(CompletionCode.invalidLength);
    return { ...succeeded(), afterwards: () => flag.clear() };
  }

  private discover(incoming: Incoming, data: Uint8Array): Reaction {
    if (this.isBusOwner(incoming)) return undefined;
    const flag = this.host.discoveredFlag?.(incoming.link);
    if (flag?.isSet === true) return undefined;
    if (data.length > 0) return failed(CompletionCode.invalidLength);
    return flag === undefined ? failed(CompletionCode.invalidData) : succeeded();
  }
}
