import { describeCause, MctpError } from '../base/errors';
import type { Log, LogFields } from '../base/log';
import type { Net } from '../core/net';
import { checkTarget, peerFields, targetFields, type Target } from './checks';
import { locate } from './paths';
import { addressKey, eidKey, peerAddressKey, type Peer } from './peer';
import type { PeerTable } from './peer-table';
import type { Registry } from './registry';
import { SerialQueue } from './serial-queue';

/** An operation on an EID. */
export interface EidCall {
  readonly network: number;
  readonly eid: number;
  readonly operation: string;
}

/** An operation on the device that holds an EID. */
export interface PeerCall extends EidCall {
  /** The refusal of an EID of our own. */
  readonly local: 'cannot-remove-local' | 'cannot-set-local-mtu' | 'cannot-recover-local';
}

/** An operation on whoever is at a physical address; `eid`: one that it is to have, 0 = any. */
export interface TargetCall {
  readonly link: number;
  readonly address: Uint8Array;
  readonly operation: string;
  readonly eid?: number;
}

/**
 * Who may work when: operations on one physical address or EID one after the other, all others side by side (R-DISC-6).
 * What was true when an operation was called is looked at again when its turn has come.
 */
export class Turns {
  private readonly queue = new SerialQueue();
  private over = false;

  constructor(
    private readonly parts: {
      readonly net: Net;
      readonly registry: Registry;
      readonly table: PeerTable;
      readonly log: Log;
    },
  ) {}

  get stopped(): boolean {
    return this.over;
  }

  /** Whoever still waits for a turn, or comes later, is refused. */
  stop(): void {
    this.over = true;
  }

  /** @param what where it happens, for the log. @throws MctpError `cancelled` once stopped, and what the task throws */
  run<T>(keys: readonly string[], what: LogFields, task: () => Promise<T>): Promise<T> {
    return this.queue.run(keys, async () => {
      if (this.over) throw new MctpError('cancelled', `${what.operation ?? ''}: the daemon is stopping`);
      try {
        return await task();
      } catch (error) {
        const eid = what.eid ?? (error instanceof MctpError ? error.context.eid : undefined);
        this.parts.log.debug('operation failed', { ...what, eid, cause: describeCause(error) });
        throw error;
      }
    });
  }

  /** At a physical address. @throws MctpError as `checkTarget` does, at once or when the turn has come */
  async onTarget<T>(call: TargetCall, task: (target: Target) => Promise<T>): Promise<T> {
    const check = (): Target => checkTarget(this.parts.registry, call.link, call.address, call.operation);
    const now = check();
    const { link } = now;
    const keys = [addressKey(call.link, call.address)];
    if (call.eid !== undefined && call.eid !== 0) keys.push(eidKey(link.network, call.eid));
    const again = Symbol('again');
    // Checked again when its turn has come: the link may be gone by then, or be in another network.
    const result = await this.run(keys, { ...targetFields(now), eid: call.eid }, async () => {
      const target = check();
      return target.link.network === link.network ? task(target) : again;
    });
    return result === again ? this.onTarget(call, task) : result;
  }

  /** At the device that holds an EID when the turn has come. @throws MctpError as {@link remote} does */
  onPeer(call: PeerCall, task: (peer: Peer) => Promise<void>): Promise<void> {
    return this.onEid(call, () => task(this.remote(call)));
  }

  /** At an EID, and at the physical address of the device that holds it by then. */
  async onEid<T>(call: EidCall, task: () => Promise<T>, extra: readonly string[] = []): Promise<T> {
    const { network, eid } = call;
    const physical = this.physicalKeyOf(network, eid);
    const keys = new Set([eidKey(network, eid), ...extra, ...(physical === undefined ? [] : [physical])]);
    const again = Symbol('again');
    const result = await this.run([...keys], this.whereIs(call), async () => {
      const now = this.physicalKeyOf(network, eid);
      return now !== undefined && !keys.has(now) ? again : task();
    });
    return result === again ? this.onEid(call, task, extra) : result;
  }

  /** As {@link onEid}, at an EID that nobody may hold yet: also at the physical address that its route leads to. */
  onRouted<T>(call: EidCall, task: () => Promise<T>): Promise<T> {
    const physical = this.routedKey(call.network, call.eid);
    return this.onEid(call, task, physical === undefined ? [] : [physical]);
  }

  /** At a peer, under whatever EID: its physical address stays what it is. */
  onItself(peer: Peer, operation: string, task: () => Promise<void>): Promise<void> {
    const { network, eid } = peer;
    const physical = peerAddressKey(peer) ?? this.routedKey(network, eid);
    const keys = [eidKey(network, eid), ...(physical === undefined ? [] : [physical])];
    return this.run(keys, peerFields(this.parts.registry, peer, { operation }), task);
  }

  /** The device that holds an EID. @throws MctpError `unknown-endpoint` for none, or the refusal of an EID of ours */
  remote({ network, eid, operation, local }: PeerCall): Peer {
    const peer = this.parts.table.get(network, eid);
    const where = { network, eid, operation };
    if (peer?.local === true) throw new MctpError(local, `${operation}: EID ${eid} is our own`, where);
    if (peer === undefined) throw noEndpoint(where);
    return peer;
  }

  /** For the log: what is known of the device that holds an EID. */
  whereIs({ network, eid, operation }: EidCall): LogFields {
    const peer = this.parts.table.get(network, eid);
    if (peer === undefined) return { network, eid, operation };
    return peerFields(this.parts.registry, peer, { operation });
  }

  private physicalKeyOf(network: number, eid: number): string | undefined {
    const peer = this.parts.table.get(network, eid);
    return peer === undefined ? undefined : peerAddressKey(peer);
  }

  private routedKey(network: number, eid: number): string | undefined {
    const { link, address } = locate(this.parts.net, network, eid);
    return link === undefined || address === undefined ? undefined : addressKey(link, address);
  }
}

export function noEndpoint({ network, eid, operation }: EidCall): MctpError {
  return new MctpError('unknown-endpoint', `${operation}: no endpoint ${eid}`, { network, eid, operation });
}
