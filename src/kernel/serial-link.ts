import type { Clock, Timer } from '../base/clock';
import { MctpError } from '../base/errors';
import { nullLog } from '../base/log';
import type { Random } from '../base/random';
import type { NetLink } from '../core/net';
import type { KernelLink } from '../os/kernel-links';
import { AttachedLine, type LineOps, type LineSettings } from '../os/attached-line';
import type { KernelAccess } from '../os/kernel-access';
import { Monitor } from './monitor';
import { netLink } from './picture';

export interface SerialLinkParts {
  readonly ops: LineOps;
  readonly access: Pick<KernelAccess, 'openNetlink'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly links: () => Promise<readonly KernelLink[]>;
}

/** Tables that cannot be read are read again after this long: the link is worth more than the look at it. */
const RETRY_MS = 1000;
const ATTACH_TRIES = 5;
/** At most so long apart, so that two who began at once do not meet again. */
const ATTACH_PAUSE_MS = 200;

/** A tty as a link of the kernel, for as long as it is held. Holding it keeps the process running. */
export class SerialLink {
  /** Resolves when the link has disappeared without {@link detach}: the line hung up. */
  readonly gone: Promise<void>;
  private readonly monitor: Monitor;
  private settle: () => void = () => undefined;
  private retry: Timer | undefined;
  private detached = false;
  private looking = false;
  private again = false;

  private constructor(
    private readonly parts: SerialLinkParts,
    private readonly line: AttachedLine,
    readonly link: NetLink,
  ) {
    this.gone = new Promise((resolve) => {
      this.settle = resolve;
    });
    // The tty itself cannot be polled once it is attached, but the end of its link is an event.
    const { access, clock } = parts;
    const changed = (): void => this.look();
    const knows = (index: number): boolean => index === link.index;
    this.monitor = new Monitor({ access, clock, log: nullLog, changed, knows });
    this.monitor.open();
    // It may have gone before we listened.
    this.look();
  }

  /** @throws MctpError as {@link AttachedLine.attach}, `internal` */
  static async attach(parts: SerialLinkParts, settings: LineSettings): Promise<SerialLink> {
    for (let attempt = 1; ; attempt++) {
      const serial = await SerialLink.tryAttach(parts, settings);
      if (serial !== undefined) return serial;
      if (attempt === ATTACH_TRIES) {
        throw new MctpError(
          'internal',
          `cannot tell which link is that of ${settings.path}: others come all the time`,
        );
      }
      await parts.clock.sleep(parts.random.next() * ATTACH_PAUSE_MS);
    }
  }

  /** `undefined`: another link has come at the same moment, and the kernel does not tell which of the two is ours. */
  private static async tryAttach(
    parts: SerialLinkParts,
    settings: LineSettings,
  ): Promise<SerialLink | undefined> {
    const before = new Set((await parts.links()).map(({ index }) => index));
    const line = AttachedLine.attach(parts.ops, settings);
    try {
      // The kernel makes it before the call returns.
      const [link, ...others] = (await parts.links()).filter(({ index }) => !before.has(index));
      if (link === undefined)
        throw new MctpError('internal', `attaching N_MCTP to ${settings.path} made no link`);
      if (others.length === 0) return new SerialLink(parts, line, netLink(link, []));
    } catch (error) {
      line.detach();
      throw error;
    }
    line.detach();
    return undefined;
  }

  /** The link goes, with its EIDs and routes. Idempotent. */
  detach(): void {
    this.detached = true;
    this.retry?.cancel();
    this.monitor.close();
    this.line.detach();
  }

  private look(): void {
    // A look under way may be older than the news: one more is enough for all that comes meanwhile.
    this.again = this.looking;
    if (this.looking) return;
    this.looking = true;
    this.retry?.cancel();
    this.parts.links().then(
      (links) => {
        this.looking = false;
        if (!links.some(({ index }) => index === this.link.index)) this.settle();
        else if (this.again) this.look();
      },
      () => {
        this.looking = false;
        if (!this.detached) this.retry = this.parts.clock.setTimer(RETRY_MS, () => this.look());
      },
    );
  }
}
