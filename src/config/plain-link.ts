import type { Role } from '../discovery/registry';
import type { LinkTable } from './link';
import type { LinkConfig, StaticEndpoint } from './schema';

/** What a link takes from elsewhere in the file. */
export interface LinkSurroundings {
  readonly role: Role;
  readonly eid: number | undefined;
  readonly forward: boolean;
  readonly endpoints: readonly StaticEndpoint[];
}

export function plainLink(link: LinkTable, around: LinkSurroundings): LinkConfig {
  return {
    ...around,
    name: link.name,
    binding: link.binding,
    network: link.network,
    mtu: link.mtu,
    discover: link.discover,
    capture: link.capture,
    timeoutMs: link.timeout_ms,
    attempts: link.attempts,
    poolRequest: link.pool_request,
    upstream: link.upstream,
    options: bindingOptions(link),
  };
}

function bindingOptions(link: LinkTable): LinkConfig['options'] {
  switch (link.binding) {
    case 'serial':
      return { path: link.path, baud: link.baud, peer_recovery: link.peer_recovery };
    case 'i2c': {
      const { bus, address } = link;
      return { bus, address, mqueue: link.mqueue ?? mqueuePath(bus, address) };
    }
    case 'pcie':
      return { device: link.device };
    case 'sim':
      return { socket: link.socket };
    case 'loopback':
      return {};
  }
}

/** Where the kernel puts the file of an own address: 0x1000 marks it as one of ours. */
function mqueuePath(bus: number, address: number): string {
  const client = (0x1000 + address).toString(16);
  return `/sys/bus/i2c/devices/${bus}-${client}/slave-mqueue`;
}
