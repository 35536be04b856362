import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import { nullLog } from '../base/log';
import type { NetLink } from '../core/net';
import { AttachedLine, type LineOps, type LineSettings } from '../os/attached-line';
import type { KernelAccess } from '../os/kernel-access';
import { Monitor } from './monitor';

export interface SerialLinkParts {
  readonly ops: LineOps;
  readonly access: Pick<KernelAccess, 'openNetlink'>;
  readonly clock: Clock;
  readonly links: () => Promise<readonly NetLink[]>;
}

/** A tty as a link of the kernel, for as long as it is held. Holding it keeps the process running. */
export class SerialLink {
  /** Resolves when the link has disappeared without {@link detach}: the line hung up. */
  readonly gone: Promise<void>;
  private readonly monitor: Monitor;
  private settle: (error?: Error) => void = () => undefined;

  private constructor(
    private readonly parts: SerialLinkParts,
    private readonly line: AttachedLine,
    readonly link: NetLink,
  ) {
    this.gone = new Promise((resolve, reject) => {
      this.settle = (error) => (error === undefined ? resolve() : reject(error));
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
    const before = new Set((await parts.links()).map(({ index }) => index));
    const line = AttachedLine.attach(parts.ops, settings);
    try {
      // The kernel makes it before the call returns.
      const link = (await parts.links()).find(({ index }) => !before.has(index));
      if (link === undefined)
        throw new MctpError('internal', `attaching N_MCTP to ${settings.path} made no link`);
      return new SerialLink(parts, line, link);
    } catch (error) {
      line.detach();
      throw error;
    }
  }

  /** The link goes, with its EIDs and routes. Idempotent. */
  detach(): void {
    this.monitor.close();
    this.line.detach();
  }

  private look(): void {
    this.parts.links().then(
      (links) => {
        if (!links.some(({ index }) => index === this.link.index)) this.settle();
      },
      (cause: unknown) => {
        const text = 'cannot see whether the link is still there';
        this.settle(new MctpError('internal', text, { link: this.link.name }, { cause }));
      },
    );
  }
}
