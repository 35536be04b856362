import type { Clock } from '../base/clock';
import { describeCause } from '../base/errors';
import type { Log } from '../base/log';
import type { EndpointProperties } from './endpoint';
import type { Exchanges, ExchangeOptions } from './exchanges';
import { peerFields } from './checks';
import type { Peer } from './peer';
import type { Publication } from './publication';
import type { Registry } from './registry';
import { queryUuid, queryVendorTypes, type Outcome, type SilentQuery } from './query';

const OPERATION = 'background query';
/** Pauses before each repetition; the last one goes on for ever (R-DISC-42). */
const PAUSES_MS = [1000, 2000, 4000, 8000, 16_000, 30_000] as const;
const LONGEST_PAUSE_MS = 30_000;

/** One endpoint that still owes us answers. */
interface Debt {
  readonly peer: Peer;
  readonly revision: number;
  readonly options: ExchangeOptions;
  readonly silent: ReadonlySet<SilentQuery>;
  readonly round: number;
}

/**
 * Asks the optional queries that stayed silent again in the background until the endpoint answers, refuses, or is removed,
 * and publishes it anew when that brings a value (R-DISC-42). With the attempts of its link, not with one for each step: at
 * 30 % loss each way an exchange fails in every second attempt, and one device in eighty then owed a value after a minute.
 */
export class Requery {
  private stopped = false;

  constructor(
    private readonly parts: {
      readonly exchanges: Exchanges;
      readonly publication: Publication;
      readonly registry: Pick<Registry, 'link'>;
      readonly clock: Clock;
      readonly log: Log;
    },
  ) {}

  /** Starts over for a peer; with nothing silent it only stops what was under way. */
  schedule(peer: Peer, silent: ReadonlySet<SilentQuery>, options: ExchangeOptions): void {
    this.cancel(peer);
    this.arm({ peer, revision: peer.revision, options, silent, round: 0 });
  }

  cancel(peer: Peer): void {
    peer.revision++;
    peer.requery?.cancel();
    peer.requery = undefined;
  }

  /** For good: also for operations that are still under way and end later. */
  stop(peers: readonly Peer[]): void {
    this.stopped = true;
    for (const peer of peers) this.cancel(peer);
  }

  private arm(debt: Debt): void {
    if (debt.silent.size === 0 || this.stopped || this.outdated(debt)) return;
    const pause = PAUSES_MS[debt.round] ?? LONGEST_PAUSE_MS;
    debt.peer.requery = this.parts.clock.setTimer(pause, () => {
      debt.peer.requery = undefined;
      this.ask(debt).catch((error: unknown) => {
        const occasion = { operation: OPERATION, cause: describeCause(error) };
        this.parts.log.error('background query failed', peerFields(this.parts.registry, debt.peer, occasion));
      });
    });
  }

  private async ask(debt: Debt): Promise<void> {
    const { peer, options } = debt;
    const destination = { kind: 'eid', network: peer.network, eid: peer.eid } as const;
    const silent = new Set<SilentQuery>();
    const found: Partial<EndpointProperties> = {
      ...(debt.silent.has('vendorTypes') &&
        settle(silent, 'vendorTypes', await queryVendorTypes(this.parts.exchanges, destination, options))),
      ...(debt.silent.has('uuid') &&
        !this.outdated(debt) &&
        settle(silent, 'uuid', await queryUuid(this.parts.exchanges, destination, options))),
    };
    if (this.outdated(debt) || peer.properties === undefined) return;
    this.parts.publication.refresh(peer, { ...peer.properties, ...found }, OPERATION);
    this.arm({ ...debt, silent, round: debt.round + 1 });
  }

  /** Removed, moved or asked anew by an operation since this round began. */
  private outdated(debt: Debt): boolean {
    return debt.peer.gone || debt.peer.revision !== debt.revision;
  }
}

/** The property a query brought, or nothing; silence is noted. */
function settle(
  silent: Set<SilentQuery>,
  name: SilentQuery,
  outcome: Outcome<unknown>,
): Partial<EndpointProperties> {
  if (outcome === 'silent') {
    silent.add(name);
    return {};
  }
  return outcome.value === undefined ? {} : { [name]: outcome.value };
}
