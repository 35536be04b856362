import type { Clock } from '../base/clock';
import type { Subscription } from '../base/events';
import type { Net, NetLink } from '../core/net';
import { Window } from './window';

/** Silences in a row after which the only peer of a link may have gone deaf. */
const DEAF_AFTER = 2;

/** What the requester remembers of one link. */
export class LinkState {
  private silences = 0;
  private ended = false;
  private readonly pauses = new Set<() => void>();

  constructor(
    private readonly parts: { readonly net: Net; readonly clock: Clock },
    private readonly link: NetLink,
    readonly window: Window,
  ) {}

  /** Removed, or everything was closed: nothing can come from it any more. */
  get gone(): boolean {
    return this.ended || !this.parts.net.links().some(({ index }) => index === this.link.index);
  }

  /** Waits so many milliseconds, but not for a link that is gone. */
  pause(ms: number): Promise<void> {
    if (this.gone) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.pauses.delete(end);
        resolve();
      };
      const timer = this.parts.clock.setTimer(ms, end);
      this.pauses.add(end);
    });
  }

  /** Nobody waits for the link any more. */
  end(): void {
    this.ended = true;
    for (const end of [...this.pauses]) end();
  }

  silent(): void {
    this.silences += 1;
  }

  heard(): void {
    this.silences = 0;
  }

  /**
   * To be called before each send: two timeouts in a row on a point-to-point link may mean a receiver that lost the
   * frame boundaries, which the binding can cure (DSP0253). Single-attempt probes count like retries.
   */
  wakePeer(): void {
    if (!this.link.pointToPoint || this.silences < DEAF_AFTER) return;
    this.silences = 0;
    this.parts.net.nudge(this.link.index);
  }
}

/** One {@link LinkState} for each link that was used, for as long as the link exists. */
export class LinkStates {
  private readonly states = new Map<number, LinkState>();
  private readonly subscription: Subscription;

  constructor(
    private readonly net: Net,
    private readonly clock: Clock,
    private readonly windowSize: number | undefined,
  ) {
    this.subscription = net.on((event) => {
      if (event.kind !== 'link-removed') return;
      this.states.get(event.link.index)?.end();
      this.states.delete(event.link.index);
    });
  }

  of(link: NetLink): LinkState {
    const known = this.states.get(link.index);
    if (known !== undefined) return known;
    const window = new Window(this.clock, this.windowSize);
    const state = new LinkState({ net: this.net, clock: this.clock }, link, window);
    this.states.set(link.index, state);
    return state;
  }

  close(): void {
    this.subscription.unsubscribe();
    for (const state of this.states.values()) state.end();
  }
}
