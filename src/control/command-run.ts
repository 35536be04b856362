import type { Clock } from '../base/clock';
import type { Destination, Exchange, Net } from '../core/net';
import { CompletionCode } from './header';
import type { LinkState } from './link-state';
import { judgeResponse, type Verdict } from './response';
import type { Timing } from './timing';
import type { WindowPlace } from './window';

/** How a command ended; a send error is thrown instead. */
export type Outcome =
  | { readonly kind: 'answer'; readonly data: Uint8Array; readonly roundTripMs: number }
  | { readonly kind: 'refused'; readonly completionCode: number }
  | { readonly kind: 'malformed'; readonly reason: string }
  /** Nothing but what answers other commands. */
  | { readonly kind: 'stray'; readonly reason: string }
  | { readonly kind: 'silence' };

export interface RunParts {
  readonly net: Net;
  readonly clock: Clock;
  readonly destination: Destination;
  /** From the type byte on. */
  readonly message: Uint8Array;
  readonly expected: { readonly instanceId: number; readonly command: number };
  readonly timing: Timing;
  /** Of the outgoing link, where it is known. */
  readonly link: LinkState | undefined;
  readonly place: WindowPlace | undefined;
  /** Keep listening under the tag after a first response; the kernel's tags end with it. */
  readonly hold: boolean;
  /** A response was dropped. */
  readonly stray: (reason: string) => void;
}

/** One command: its attempts, and what comes back (R-DISC-11, R-DISC-13..17). Used once. */
export class CommandRun {
  private exchange: Exchange | undefined;
  private sentAt = 0;

  constructor(private readonly parts: RunParts) {}

  /** @throws MctpError of `Net.request`: a send error ends the command (R-DISC-11) */
  async run(): Promise<Outcome> {
    const { timing, link } = this.parts;
    let fallback: Outcome = { kind: 'silence' };
    try {
      for (let attempt = 1; attempt <= timing.attempts; attempt++) {
        await this.send();
        const verdict = await this.listen(this.sentAt + timing.timeoutMs);
        if (verdict === undefined) link?.silent();
        else link?.heard();
        const outcome = this.outcome(verdict);
        if (outcome !== undefined) return outcome;
        fallback = lesser(verdict) ?? fallback;
      }
    } finally {
      this.exchange?.release();
    }
    return fallback;
  }

  /** Retries go out under the same tag, so that a late answer to an earlier attempt counts. */
  private async send(): Promise<void> {
    const { net, clock, destination, message, hold, link, place } = this.parts;
    link?.wakePeer();
    if (this.exchange === undefined) {
      // The instance ID tells a late answer to an earlier command apart, so a tag may come back early.
      this.exchange = await net.request(destination, message, { hold, reclaim: true });
    } else await this.exchange.resend();
    this.sentAt = clock.now();
    place?.onAir();
  }

  /** What decides the attempt; without that, the last that came until the deadline; `undefined` = silence. */
  private async listen(deadline: number): Promise<Verdict | undefined> {
    let best: Verdict | undefined;
    for (;;) {
      const verdict = await this.receive(deadline);
      if (verdict === undefined) return best;
      if (verdict.kind === 'stray') {
        this.parts.stray(verdict.reason);
        best ??= verdict;
      } else if (verdict.kind === 'not-ready') {
        best = verdict;
      } else {
        return verdict;
      }
    }
  }

  private async receive(deadline: number): Promise<Verdict | undefined> {
    const { clock, expected, link } = this.parts;
    const left = deadline - clock.now();
    if (this.exchange === undefined || left <= 0) return undefined;
    const incoming = await this.exchange.receive(left);
    if (incoming !== undefined) return judgeResponse(incoming.bytes, expected);
    const early = deadline - clock.now();
    if (early > 0) {
      // The exchange itself is over (tag expired, or a tag that ends with its first response). The attempt keeps its
      // length, and the next one asks under a new tag; where the link is gone there is nothing left to wait for.
      this.exchange.release();
      this.exchange = undefined;
      await (link?.pause(early) ?? clock.sleep(early));
    }
    return undefined;
  }

  /** `undefined`: another attempt, as long as there are any. */
  private outcome(verdict: Verdict | undefined): Outcome | undefined {
    switch (verdict?.kind) {
      case undefined:
      case 'not-ready':
      case 'stray':
        return undefined;
      case 'answer':
        return { ...verdict, roundTripMs: this.parts.clock.now() - this.sentAt };
      case 'refused':
      case 'malformed':
        return verdict;
    }
  }
}

/**
 * What remains of an attempt that decided nothing; something did answer, so it is no silence (R-DISC-16, R-DISC-17). A stray
 * does not end the command early: after a lost answer it is the late or repeated one of an earlier command, whose tag came
 * back, and says nothing about this one.
 */
function lesser(verdict: Verdict | undefined): Outcome | undefined {
  if (verdict?.kind === 'not-ready') return { kind: 'refused', completionCode: CompletionCode.notReady };
  return verdict?.kind === 'stray' ? verdict : undefined;
}
