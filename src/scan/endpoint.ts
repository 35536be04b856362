import { systemClock, type Clock } from '../base/clock';
import type { StackReqChannel } from '../client/channels';
import { borrowBus, type BusChoice } from './bus-choice';
import { openClient } from './open-client';
import type { EndpointRecord } from './records';
import { SharedStacks, type OpenOptions } from './shared-stacks';

/** A published endpoint, and the way to talk to it. A snapshot: what changes later, `watch` tells. */
export interface Endpoint extends EndpointRecord {
  /**
   * A channel for requests to it, over whatever carries its messages: nothing is sent yet. Close it, or use
   * `await using`. The open channels of a network share one connection.
   * @throws ManagerError `not-supported` where there is no way to its messages; MctpError `InternalError` when the
   *   daemon's socket cannot be reached or we are not allowed, `NoSpace` when too many are open; BusError
   */
  open(options?: OpenOptions): Promise<StackReqChannel>;
}

/** Turns records into endpoints. The endpoints of one scan share it. */
export class EndpointMaker {
  private readonly stacks: SharedStacks;

  constructor(choice: BusChoice | undefined, clock: Clock = systemClock) {
    this.stacks = new SharedStacks(async (endpoint) => {
      const bus = await borrowBus(choice);
      try {
        return await openClient(bus.caller, endpoint, clock);
      } finally {
        bus.close();
      }
    });
  }

  make(record: EndpointRecord): Endpoint {
    return { ...record, open: (options) => this.stacks.open(record, options) };
  }
}
