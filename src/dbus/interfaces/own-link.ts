import { Iface } from '../../base/bus-names';
import { DROP_REASONS } from '../../core/drops';
import type { DropReason } from '../../core/drops';
import type { LinkCounters } from '../../core/net';
import type { Rows } from '../rows';
import type { LinkSubject } from '../subjects';

/** `org.mctp_endpoint_manager.Link1`: every link (R-DBUS-52). */
export const ownLinkRows: Rows<LinkSubject> = {
  name: Iface.ownLink,
  methods: {
    GetCounters: ({ services, current: { link } }) => {
      const counters = services.net.counters(link.index);
      if (counters === undefined) return [{}];
      // Only the user-space stack counts drops by reason, so only there is a 0 a count.
      const reasons = link.backend === 'user' ? DROP_REASONS : [...counters.drops.keys()];
      return [{ ...traffic(counters), ...errors(counters, link.backend), ...drops(counters, reasons) }];
    },
  },
  properties: {
    Name: ({ current }) => current.link.name,
    Index: ({ current }) => current.link.index,
    Backend: ({ current }) => current.link.backend,
    Binding: ({ current }) => current.link.binding,
    PhysicalAddress: ({ current }) => Buffer.from(current.link.address),
    MinMTU: ({ current }) => current.link.minMtu,
    MaxMTU: ({ current }) => current.link.maxMtu,
    Up: ({ current }) => current.link.up,
  },
};

type Counts = Record<string, bigint>;

function traffic({ rxPackets, txPackets, rxBytes, txBytes }: LinkCounters): Counts {
  return {
    RxPackets: BigInt(rxPackets),
    TxPackets: BigInt(txPackets),
    RxBytes: BigInt(rxBytes),
    TxBytes: BigInt(txBytes),
  };
}

/** Sums of the drops by direction. */
function errors({ drops }: LinkCounters, backend: string): Counts {
  if (backend !== 'user') return {};
  const sum = (isTransmit: boolean): bigint =>
    [...drops]
      .filter(([reason]) => reason.startsWith('Transmit') === isTransmit)
      .reduce((total, [, count]) => total + BigInt(count), 0n);
  return { RxErrors: sum(false), TxErrors: sum(true) };
}

function drops({ drops: counted }: LinkCounters, reasons: readonly DropReason[]): Counts {
  return Object.fromEntries(reasons.map((reason) => [reason, BigInt(counted.get(reason) ?? 0)]));
}
