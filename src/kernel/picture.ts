import { PhysicalBinding } from '../base/ids';
import { bytesEqual } from '../base/bytes';
import type { NetEvent, NetLink } from '../core/net';
import type { LocalAddress } from '../os/kernel-addresses';
import type { KernelLink } from '../os/kernel-links';

/** Which links of the kernel are ours to serve (design decision D-10). */
export interface Serving {
  /** Why a link is left alone: user-space links have its network, or its name. `undefined`: it is ours. */
  readonly refuse: (link: Pick<KernelLink, 'name' | 'network'>) => string | undefined;
  /** There are user-space links, so a lone `lo` is not worth an object. */
  readonly besideUserLinks: boolean;
}

/** Links and addresses as one dump of each told them. */
export interface Tables {
  readonly links: readonly KernelLink[];
  readonly addresses: readonly LocalAddress[];
}

/** By index, ascending. */
export type Picture = ReadonlyMap<number, NetLink>;

/** Networks the kernel has links in. Its `lo` counts once it has an EID: every kernel with MCTP has that device. */
export function usedNetworks({ links, addresses }: Tables): ReadonlySet<number> {
  return new Set(links.filter((link) => !isBareLoopback(link, addresses)).map(({ network }) => network));
}

export function servedLinks(tables: Tables, serving: Serving): Picture {
  const { links, addresses } = tables;
  const others = usedNetworks(tables).size > 0;
  const served = links
    .filter((link) => serving.refuse(link) === undefined)
    .filter((link) => others || !serving.besideUserLinks || !isBareLoopback(link, addresses))
    .map((link) => netLink(link, addresses))
    .sort((a, b) => a.index - b.index);
  return new Map(served.map((link) => [link.index, link]));
}

/** Links that are left alone, and why. A bare `lo` is not worth a word. */
export function refusedLinks(
  { links, addresses }: Tables,
  serving: Serving,
): readonly (readonly [link: KernelLink, cause: string])[] {
  return links.flatMap((link) => {
    const cause = serving.refuse(link);
    return cause === undefined || isBareLoopback(link, addresses) ? [] : [[link, cause]];
  });
}

/** What has happened between two pictures, ordered by link index; links that went come first (R-DISC-120). */
export function changesBetween(before: Picture, after: Picture): readonly NetEvent[] {
  const gone = [...before.values()].filter(({ index }) => !after.has(index));
  const events: NetEvent[] = gone.map((link) => ({ kind: 'link-removed', link }));
  for (const link of after.values()) {
    const old = before.get(link.index);
    if (old === undefined) events.push({ kind: 'link-added', link });
    else events.push(...linkChanges(old, link));
  }
  return events;
}

/** The link itself first, under the EIDs it had; then these one by one. */
function linkChanges(before: NetLink, after: NetLink): readonly NetEvent[] {
  const events: NetEvent[] = [];
  let link: NetLink = { ...after, localEids: before.localEids };
  if (!sameLink(before, link)) events.push({ kind: 'link-changed', link, before });
  for (const eid of before.localEids.filter((each) => !after.localEids.includes(each))) {
    link = { ...link, localEids: link.localEids.filter((each) => each !== eid) };
    events.push({ kind: 'local-eid-removed', link, eid });
  }
  for (const eid of after.localEids.filter((each) => !before.localEids.includes(each))) {
    link = { ...link, localEids: [...link.localEids, eid].sort((a, b) => a - b) };
    events.push({ kind: 'local-eid-added', link, eid });
  }
  return events;
}

function sameLink(a: NetLink, b: NetLink): boolean {
  const keys = ['name', 'network', 'physicalBinding', 'minMtu', 'maxMtu', 'mtu', 'up'] as const;
  return keys.every((key) => a[key] === b[key]) && bytesEqual(a.address, b.address);
}

function isBareLoopback(link: KernelLink, addresses: readonly LocalAddress[]): boolean {
  return link.loopback && !addresses.some((each) => each.link === link.index);
}

export function netLink(link: KernelLink, addresses: readonly LocalAddress[]): NetLink {
  const { index, name, network, physicalBinding, address, minMtu, mtu, up } = link;
  const eids = addresses.filter((each) => each.link === index).map(({ eid }) => eid);
  return {
    ...{ index, name, network, physicalBinding, address, minMtu, mtu, up },
    backend: 'kernel',
    binding: BINDING_WORDS.get(physicalBinding) ?? 'unknown',
    addressLength: address.length,
    pointToPoint: address.length === 0 && !link.loopback,
    // Without a limit of its own, what it has now is the most that is known to work.
    maxMtu: link.maxMtu === 0 ? mtu : link.maxMtu,
    localEids: eids.sort((a, b) => a - b),
  };
}

const BINDING_WORDS: ReadonlyMap<number, string> = new Map([
  [PhysicalBinding.smbus, 'smbus'],
  [PhysicalBinding.pcieVdm, 'pcie'],
  [PhysicalBinding.usb, 'usb'],
  [PhysicalBinding.kcs, 'kcs'],
  [PhysicalBinding.serial, 'serial'],
  [PhysicalBinding.i3c, 'i3c'],
  [PhysicalBinding.mmbi, 'mmbi'],
  [PhysicalBinding.pcc, 'pcc'],
  [PhysicalBinding.ucie, 'ucie'],
  [PhysicalBinding.vendor, 'vendor'],
]);
