import { EID_BROADCAST, EID_NULL } from '../base/ids';
import type { LinkTable, RouterLink } from './link-table';
import { lowestEid } from './link-table';
import type { LoopBack } from './loop-back';
import type { Incoming, ReplyOptions, Requester } from './net';
import { checkLink, checkMessage, enqueue } from './outgoing';
import type { Planner } from './plan';

type Accepted = ReplyOptions['accepted'];

/** Answers: they have the tag of their request, and nobody waits for anything more. */
export class Replies {
  constructor(
    private readonly loopBack: LoopBack,
    private readonly links: LinkTable,
    private readonly planner: Planner,
  ) {}

  /** @throws MctpError as `Net.reply` */
  async send(request: Incoming | Requester, message: Uint8Array, options: ReplyOptions): Promise<void> {
    checkMessage(message);
    if ('kind' in request) await this.replyRouted(request, message, options);
    else await this.replyBack(request, message, options.accepted);
  }

  /** Out of the link the request came in by, to where it came from. */
  private async replyBack(incoming: Incoming, message: Uint8Array, accepted: Accepted): Promise<void> {
    const link = this.links.require(incoming.link);
    if (incoming.looped === true) {
      const { source: destination, destination: source, tag } = incoming;
      this.loopBack.send(link, message, { destination, source, tag, to: false });
      accepted?.();
      return;
    }
    checkLink(link, message.length, incoming.physical);
    const addressing = {
      destination: incoming.source,
      source: this.source(link, incoming),
      tag: incoming.tag,
    };
    const unit = this.planner.unit(link.info, incoming.source);
    const way = { link, physical: new Uint8Array(incoming.physical), broadcast: false, unit };
    const done = enqueue(way, { ...addressing, to: false }, new Uint8Array(message), () => undefined);
    accepted?.();
    await done;
  }

  private async replyRouted(
    requester: Requester,
    message: Uint8Array,
    { accepted, tagOwner: to = false }: ReplyOptions,
  ): Promise<void> {
    const plan = this.planner.plan(requester, undefined);
    const { link, destination, source, physical } = plan;
    const addressing = { destination, source, tag: requester.tag, to };
    if (plan.local) {
      this.loopBack.send(link, message, addressing);
      accepted?.();
      return;
    }
    checkLink(link, message.length, physical);
    const done = enqueue(plan, addressing, new Uint8Array(message), () => undefined);
    accepted?.();
    await done;
  }

  /** The EID the request was sent to if it is still ours, else what the link has now: Set Endpoint ID may have come. */
  private source({ info }: RouterLink, { destination }: Incoming): number {
    const named = destination !== EID_NULL && destination !== EID_BROADCAST;
    const isOurs = named && this.links.owner(info.network, destination) !== undefined;
    return isOurs ? destination : lowestEid(info);
  }
}
