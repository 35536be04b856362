import type { EndpointRecord, Inventory, LinkRecord, NetworkRecord } from '../../scan/records';
import { escapeControls } from './escape';
import { formatAddress, formatRole, formatTypes, stateCell } from './format';
import type { Style } from './style';

/** A node with what hangs below it; `text` is ready to print. */
interface Node {
  readonly text: string;
  readonly children: readonly Node[];
}

/** Networks, their links, the endpoints on those, and below a bridge the endpoints behind it. */
export function treeLines(inventory: Inventory, style: Style): string[] {
  return inventory.networks.flatMap((network) => drawRoot(networkNode(inventory, network, style)));
}

function networkNode(inventory: Inventory, { network }: NetworkRecord, style: Style): Node {
  const endpoints = inventory.endpoints.filter((each) => each.network === network);
  const links = inventory.links.filter((each) => each.network === network);
  const parents = parentsOf(endpoints);
  const top = endpoints.filter((each) => !parents.has(each));
  const below = groupBy(endpoints, (each) => parents.get(each));
  const draw = (endpoint: EndpointRecord): Node => ({
    text: endpointText(endpoint, style),
    children: (below.get(endpoint) ?? []).map(draw),
  });
  const byLink = groupBy(top, (each) => links.find((link) => link.name === each.link));
  const linkNodes = links.map((link) => ({
    text: linkText(link, style),
    children: (byLink.get(link) ?? []).map(draw),
  }));
  // Without our own interfaces nobody says which link an endpoint is on; then it hangs below the network.
  const loose = (byLink.get(undefined) ?? []).map(draw);
  return { text: style('bold', `network ${network}`), children: [...loose, ...linkNodes] };
}

/** Each endpoint's bridge: as the daemon says, or else the one whose pool holds the EID. */
function parentsOf(all: readonly EndpointRecord[]): ReadonlyMap<EndpointRecord, EndpointRecord> {
  const byEid = new Map(all.map((each) => [each.eid, each]));
  const bridges = all.filter((each) => each.pool !== undefined);
  const parents = new Map<EndpointRecord, EndpointRecord>();
  for (const each of all) {
    const byPool = bridges.find(
      ({ pool }) => pool !== undefined && pool.first <= each.eid && each.eid <= pool.last,
    );
    const bridge = each.bridge === undefined ? byPool : byEid.get(each.bridge);
    // Records that name each other as bridge would hide each other: the link that closes a circle is left out.
    if (bridge !== undefined && !leadsTo(bridge, each, parents)) parents.set(each, bridge);
  }
  return parents;
}

function leadsTo(
  from: EndpointRecord,
  target: EndpointRecord,
  parents: ReadonlyMap<EndpointRecord, EndpointRecord>,
): boolean {
  for (let at: EndpointRecord | undefined = from; at !== undefined; at = parents.get(at)) {
    if (at === target) return true;
  }
  return false;
}

function groupBy<Item, Key>(items: readonly Item[], key: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function linkText(link: LinkRecord, style: Style): string {
  const { details } = link;
  const address = details === undefined ? [] : [formatAddress(details.physicalAddress)];
  const parts = [
    style('bold', `link ${escapeControls(link.name)}`),
    escapeControls(formatRole(link)),
    ...(details === undefined ? [] : [escapeControls(details.binding), ...address]),
    ...(details?.up === false ? [style('yellow', 'down')] : []),
  ];
  return parts.join('  ');
}

function endpointText(endpoint: EndpointRecord, style: Style): string {
  const state = stateCell(endpoint);
  const { pool, physicalAddress, uuid } = endpoint;
  const parts = [
    style('bold', `eid ${endpoint.eid}`),
    typeof state === 'object' ? style(state.colour, escapeControls(state.text)) : String(state),
    formatTypes(endpoint.types),
    ...(uuid === undefined ? [] : [escapeControls(uuid)]),
    ...(physicalAddress === undefined || physicalAddress.length === 0
      ? []
      : [`at ${formatAddress(physicalAddress)}`]),
    ...(pool === undefined ? [] : [`pool ${pool.first}-${pool.last}`]),
  ];
  return parts.join('  ');
}

function drawRoot({ text, children }: Node): string[] {
  return [text, ...drawChildren(children, '')];
}

function drawChildren(children: readonly Node[], indent: string): string[] {
  return children.flatMap((child, index) => {
    const last = index === children.length - 1;
    const own = `${indent}${last ? '└─' : '├─'} ${child.text}`;
    return [own, ...drawChildren(child.children, `${indent}${last ? '   ' : '│  '}`)];
  });
}
