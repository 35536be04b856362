import type { Flow } from './flow';

/** The requests of clients that wait for their answers, oldest first. */
export class FlowTable<Client> {
  private readonly byEid = new Map<number, Set<Flow<Client>>>();

  add(flow: Flow<Client>): void {
    const flows = this.byEid.get(flow.asked.eid) ?? new Set();
    this.byEid.set(flow.asked.eid, flows.add(flow));
  }

  delete(flow: Flow<Client>): void {
    const flows = this.byEid.get(flow.asked.eid);
    if (flows?.delete(flow) === true && flows.size === 0) this.byEid.delete(flow.asked.eid);
  }

  of(client: Client): readonly Flow<Client>[] {
    return [...this.byEid.values()].flatMap((flows) =>
      [...flows].filter(({ asked }) => asked.client === client),
    );
  }

  withTag(eid: number, tag: number): Flow<Client> | undefined {
    return [...(this.byEid.get(eid) ?? [])].find((flow) => flow.tag === tag);
  }

  /** The oldest request that a response without a tag answers (R-DEMUX-25). */
  asking(eid: number, type: number, key: number | undefined): Flow<Client> | undefined {
    const flows = [...(this.byEid.get(eid) ?? [])];
    return flows.find(({ asked }) => asked.type === type && asked.key === key);
  }
}
