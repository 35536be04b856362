import { describeError } from '../../base/errors';
import type { Log } from '../../base/log';
import { linkOf, type Net, type NetEvent, type NetLink } from '../../core/net';
import { SerialQueue } from '../serial-queue';
import type { UpstreamLinks } from './upstream-links';

/**
 * A link with `upstream` has no EID of its own: it uses the one assigned to us upstream (R-DISC-170). So it carries
 * whatever EIDs that link has, as one endpoint with them (R-DBUS-34), and we speak and answer there under them.
 */
export class SharedEids {
  private readonly queue = new SerialQueue();

  constructor(
    private readonly parts: {
      readonly net: Net;
      readonly links: UpstreamLinks;
      readonly log: Log;
    },
  ) {}

  /** For links that were there before anybody listened. */
  start(): void {
    for (const link of this.parts.net.links()) this.follow(link);
  }

  handle(event: NetEvent): void {
    if (event.kind === 'link-changed') return;
    if (event.kind === 'link-added') this.follow(event.link);
    for (const link of this.parts.links.below(event.link)) this.follow(link);
  }

  private follow({ index, name, network }: NetLink): void {
    // In turn, and each time from the state that is then: events may come faster than addresses change.
    this.queue
      .run([`EIDs of ${index}`], () => this.match(index))
      .catch((error: unknown) => {
        this.parts.log.warn('the EIDs of the upstream link are not taken over', {
          ...{ link: name, network, operation: 'local EID' },
          cause: describeError(error),
        });
      });
  }

  private async match(index: number): Promise<void> {
    const { links, net } = this.parts;
    const link = linkOf(net, index);
    if (link === undefined || !links.isSupplied(link)) return;
    const wanted = links.above(link)?.localEids ?? [];
    for (const eid of link.localEids) if (!wanted.includes(eid)) await net.removeLocalEid(index, eid);
    for (const eid of wanted) await net.addLocalEid(index, eid);
  }
}
