import { MessageType } from '../../../src/base/ids';
import type { NetLink } from '../../../src/core/net';
import { Responder } from '../../../src/control/responder';
import { TypeTable } from '../../../src/control/type-table';
import { noMemory, type Memory } from '../../../src/discovery/memory/memory';
import type { EngineSettings } from '../../../src/discovery/settings';
import { idle } from '../../support/test-clock';
import { hex } from '../../support/vectors';
import { Bench } from '../bench';

/** Who asks: EID and physical address, and the link. */
export interface Asker {
  readonly eid: number;
  readonly address: number;
  readonly link?: number;
}

export const OWNER: Asker = { eid: 9, address: 0x1d };
export const OTHER: Asker = { eid: 12, address: 0x20 };

/** A {@link Bench} on whose first link somebody else owns the bus, with the responder as bus owners see it. */
export class MemberBench extends Bench {
  private readonly responder: Responder;

  constructor(
    settings: Partial<EngineSettings> = {},
    links: readonly Partial<NetLink>[] = [{}],
    memory: Memory = noMemory,
  ) {
    const without = links.map((link) => ({ localEids: [], ...link }));
    super({ role: () => 'Endpoint', ...settings }, without, memory);
    this.responder = new Responder({ net: this.bus, host: this.engine.host, types: new TypeTable() });
  }

  /** Hex without the type byte, as the rules write it; `undefined` = no answer (yet). No time passes. */
  async ask(text: string, from: Asker = OWNER): Promise<string | undefined> {
    const before = this.bus.replies.length;
    this.tell(text, from);
    await idle();
    return this.bus.replies[before];
  }

  /** A request arrives; whatever comes of it comes later. */
  tell(text: string, { eid, address, link = 1 }: Asker = OWNER): void {
    const bytes = hex(`00 ${text}`);
    const localEid = this.bus.links().find((each) => each.index === link)?.localEids[0] ?? 0;
    this.bus.deliver({
      ...{ network: 1, link, source: eid, destination: 0, physical: Uint8Array.of(address), localEid },
      ...{ tag: 1, to: true, ic: false, type: MessageType.control, bytes },
    });
  }

  /** Our own EIDs on a link. */
  ownEids(link = 1): readonly number[] | undefined {
    return this.bus.links().find((each) => each.index === link)?.localEids;
  }

  /** Events since the last time. */
  news(): string[] {
    return this.events.splice(0);
  }

  override async stop(): Promise<void> {
    this.responder.close();
    await super.stop();
  }
}
