import type { GetEndpointIdResponse } from '../../control/commands/get-endpoint-id';
import { physical, queryOptions, type Assigner, type AssignParts } from '../assign';
import { targetFields, type Target } from '../checks';
import { isBridge } from '../exchanges';
import type { Peer } from '../peer';
import { queryUuid } from '../query';
import { eidsOf, poolOf, type Remembered } from '../snapshot';

/** Takes devices back that are as they were remembered, without setting anything (D-8, R-CONS-23). */
export class Restorer {
  constructor(
    private readonly parts: AssignParts,
    private readonly assigner: Assigner,
  ) {}

  /**
   * The unknown device at an address has answered. Somebody else than was remembered there is forgotten.
   * @returns `undefined` when it is to be set up like any other; if it was reset, it is given what it had
   * @throws MctpError what the property query throws
   */
  async restore(target: Target, answer: GetEndpointIdResponse): Promise<Peer | undefined> {
    const { reservations } = this.parts;
    const entry = reservations.at(target.link.index, target.address);
    if (entry === undefined) return undefined;
    if (answer.eid !== entry.eid && answer.eid !== 0) return undefined;
    if (!(await this.isSame(target, entry))) {
      const fields = { ...targetFields(target), eid: entry.eid, cause: 'it tells another UUID' };
      this.parts.log.warn('another device is where a remembered one was; it is set up anew', fields);
      reservations.drop(entry);
      return undefined;
    }
    // Its EID may have gone to somebody who needed it meanwhile.
    if (!reservations.has(entry) || !this.fits(target, entry, answer)) return undefined;
    return this.assigner.resume(target, answer, entry);
  }

  /** As {@link restore}, for one that is to have just this EID (R-DISC-66, R-DISC-69). */
  async keep(target: Target, eid: number, poolSize?: number): Promise<Peer | undefined> {
    const entry = this.parts.reservations.at(target.link.index, target.address);
    if (entry?.eid !== eid || entry.askedPoolSize !== poolSize) return undefined;
    return this.restore(target, await this.parts.exchanges.getEndpointId(physical(target)));
  }

  /** Only a UUID that it tells, and that is another one, proves that it is another device. */
  private async isSame(target: Target, { uuid }: Remembered): Promise<boolean> {
    if (uuid === undefined) return true;
    const options = { ...queryOptions(target.link), attempts: 1 };
    const outcome = await queryUuid(this.parts.exchanges, physical(target), options);
    return outcome === 'silent' || outcome.value === undefined || outcome.value === uuid;
  }

  /** It kept its EID, nobody else has or gives any of its EIDs, and it is a bridge as it was (R-DISC-52, R-DISC-53). */
  private fits(target: Target, entry: Remembered, answer: GetEndpointIdResponse): boolean {
    const { allocation, table } = this.parts;
    const { index, network } = target.link;
    const isOurs = (eid: number): boolean => !table.isTaken(network, eid) && allocation.mayKeep(index, eid);
    if (answer.eid !== entry.eid || !eidsOf(entry).every(isOurs)) return false;
    if (isBridge(answer)) return poolOf(entry) !== undefined || entry.poolless === true;
    return poolOf(entry) === undefined || entry.isBridge !== true;
  }
}
