import { MctpError } from '../base/errors';
import { BASELINE_MTU } from '../base/ids';
import type { Binding } from './binding';
import { DEFAULT_QUEUE_LIMITS, LinkPort } from './link-port';
import type { LinkPortHost, QueueLimits } from './link-port';
import type { RouterLink } from './link-table';
import type { NetLink } from './net';

export interface LinkMakerOptions {
  readonly queue?: Partial<QueueLimits>;
  /** Index of the first link that asks for none. Default 1. */
  readonly firstLinkIndex?: number;
}

export interface LinkOptions {
  readonly name: string;
  readonly network: number;
  readonly binding: Binding;
  /** Packet size in bytes, header included, within the binding's range. Default: 68, the baseline. */
  readonly mtu?: number;
  /** Pass packets for others on to the other links that have this too. Default false. */
  readonly forward?: boolean;
  readonly localEids?: readonly number[];
  /** One that was never used. Default: the next free one. */
  readonly index?: number;
}

/** Makes links, each with an index that no other ever had. */
export class LinkMaker {
  private nextIndex: number;
  private readonly usedIndexes = new Set<number>();

  constructor(
    private readonly host: LinkPortHost,
    private readonly options: LinkMakerOptions,
  ) {
    this.nextIndex = options.firstLinkIndex ?? 1;
  }

  /** @throws MctpError `bad-mtu`, `invalid-arguments`: the index was used before */
  make(options: LinkOptions): RouterLink {
    const { name, network, binding, forward = false } = options;
    const { info } = binding;
    const index = options.index ?? this.nextIndex;
    const mtu = options.mtu ?? Math.min(Math.max(BASELINE_MTU, info.minMtu), info.maxMtu);
    if (this.usedIndexes.has(index)) {
      throw new MctpError('invalid-arguments', `link index ${index} was used before`, { link: name });
    }
    if (!Number.isInteger(mtu) || mtu < info.minMtu || mtu > info.maxMtu) {
      const range = `${info.minMtu}..${info.maxMtu}`;
      throw new MctpError('bad-mtu', `the MTU of this link is ${range}, not ${mtu}`, { link: name });
    }
    this.usedIndexes.add(index);
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    const port = new LinkPort(name, binding, this.host, { ...DEFAULT_QUEUE_LIMITS, ...this.options.queue });
    const { kind, physicalBinding, address, addressLength, pointToPoint, minMtu, maxMtu } = info;
    const taken = { binding: kind, physicalBinding, address, addressLength, pointToPoint, minMtu, maxMtu };
    const net: NetLink = { index, name, network, mtu, backend: 'user', ...taken, up: false, localEids: [] };
    return { info: net, binding, port, ingress: { link: index, network }, forward, announced: false };
  }
}
