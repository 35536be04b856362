import type { StackReqChannel } from '../client/channels';
import type { ClosableClient, ReqOptions } from '../client/mctp-client';
import { Stack } from '../client/stack';
import type { EndpointRecord } from './records';

/** Milliseconds, as NVMe-MI clients wait on MCTP. */
export const DEFAULT_TIMEOUT_MS = 5000;

export interface OpenOptions extends ReqOptions {
  /** How long each `recv` waits, milliseconds 0..4294967295, 0 = no limit. Default 5000. */
  readonly timeoutMillis?: number | undefined;
}

interface Shared {
  readonly stack: Promise<Stack>;
  /** Channels that are being opened. */
  opening: number;
}

/**
 * One client for all endpoints of a network, as long as one of them has a channel: a daemon serves a user only so many
 * connections (R-DEMUX-42), fewer than a machine has drives.
 */
export class SharedStacks {
  private readonly shared = new Map<string, Shared>();

  constructor(private readonly openClient: (endpoint: EndpointRecord) => Promise<ClosableClient>) {}

  /** @throws what the client's making throws, and what `Stack.req` throws */
  async open(endpoint: EndpointRecord, options: OpenOptions = {}): Promise<StackReqChannel> {
    const { timeoutMillis = DEFAULT_TIMEOUT_MS, hold } = options;
    const key = `${endpoint.transport} ${endpoint.network}`;
    const shared = this.shared.get(key) ?? this.create(key, endpoint);
    shared.opening++;
    try {
      return await (await shared.stack).req(endpoint.eid, timeoutMillis, { hold });
    } finally {
      shared.opening--;
      await this.closeUnused(key, shared);
    }
  }

  private create(key: string, endpoint: EndpointRecord): Shared {
    const idle = (): void => void this.closeUnused(key, shared);
    const shared: Shared = {
      stack: Stack.create(() => this.openClient(endpoint), { idle }),
      opening: 0,
    };
    this.shared.set(key, shared);
    return shared;
  }

  /** Never rejects. */
  private async closeUnused(key: string, shared: Shared): Promise<void> {
    const stack = await shared.stack.catch(() => undefined);
    if (shared.opening > 0 || (stack !== undefined && stack.channels > 0)) return;
    // Whoever opens a channel from now on gets a client of its own.
    if (this.shared.get(key) === shared) this.shared.delete(key);
    await stack?.close();
  }
}
