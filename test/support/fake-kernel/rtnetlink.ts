import type { FakeLink, FakeRoute, FakeState } from './state';

/**
 * rtnetlink of the fake kernel, written from what Linux 6.1 was captured to do and from nothing of `src`, so that a
 * mistake there does not meet its like here.
 */

const EPERM = 1;
const ENOENT = 2;
const EEXIST = 17;
const ENODEV = 19;
const EINVAL = 22;
const EOPNOTSUPP = 95;
const AF_MCTP = 45;
const FIRST_MTU = 68;

export interface Answer {
  readonly errno: number;
  readonly text?: string;
  /** What the multicast groups hear: type and payload. */
  readonly event?: readonly [type: number, payload: Buffer];
}

export interface Abilities {
  /** CAP_NET_ADMIN. */
  readonly admin: boolean;
  /** Routes through a gateway, and physical bindings told: newer than 6.1. */
  readonly isNew: boolean;
}

const DONE: Answer = { errno: 0 };

export function change(state: FakeState, type: number, body: Buffer, can: Abilities): Answer {
  if (!can.admin) return { errno: EPERM };
  switch (type) {
    case 16:
      return changeLink(state, body, can);
    case 20:
    case 21:
      return changeAddress(state, type, body);
    case 24:
    case 25:
      return changeRoute(state, type === 24, body, can);
    case 28:
    case 29:
      return changeNeighbour(state, type === 28, body);
    default:
      return { errno: EOPNOTSUPP };
  }
}

/** Everything or nothing, though the real one may stop halfway. */
function changeLink(state: FakeState, body: Buffer, can: Abilities): Answer {
  const link = state.links.get(body.readInt32LE(4));
  if (link === undefined) return { errno: ENODEV };
  const found = attributes(body.subarray(16));
  const mtu = found.get(4)?.readUInt32LE(0) ?? link.mtu;
  if (mtu < link.minMtu || (link.maxMtu > 0 && mtu > link.maxMtu)) return { errno: EINVAL, text: 'mtu' };
  const families = attributes(found.get(26) ?? Buffer.alloc(0));
  const isMarked =
    (found.has(26) ? found.has(-26) : true) && families.has(AF_MCTP) === families.has(-AF_MCTP);
  if (!isMarked) return { errno: EINVAL, text: 'incorrect format' };
  const own = attributes(families.get(AF_MCTP) ?? Buffer.alloc(0));
  const flags = body.readUInt32LE(8);
  if ((body.readUInt32LE(12) & 1) !== 0) link.up = (flags & 1) !== 0;
  link.mtu = mtu;
  link.network = own.get(1)?.readUInt32LE(0) ?? link.network;
  return { ...DONE, event: [16, linkBody(link, can, 0)] };
}

function changeAddress(state: FakeState, type: number, body: Buffer): Answer {
  const link = state.links.get(body.readUInt32LE(4));
  const eid = attributes(body.subarray(8)).get(2)?.[0] ?? 0;
  if (link === undefined) return { errno: ENODEV };
  if (eid < 8 || eid === 255) return { errno: EINVAL };
  const has = link.eids.includes(eid);
  if (type === 20 && has) return { errno: EEXIST };
  if (type === 21 && !has) return { errno: ENOENT };
  link.eids = type === 20 ? [...link.eids, eid] : link.eids.filter((each) => each !== eid);
  return { ...DONE, event: [type, addressBody(link.index, eid)] };
}

function changeRoute(state: FakeState, add: boolean, body: Buffer, can: Abilities): Answer {
  const found = attributes(body.subarray(12));
  const extent = body[1] ?? 0;
  const first = found.get(1)?.[0] ?? 0;
  const through = found.get(5);
  if (through !== undefined && !can.isNew) return { errno: EINVAL, text: 'incorrect format' };
  const gateway =
    through === undefined ? undefined : { network: through.readUInt32LE(0), eid: through[4] ?? 0 };
  const link = found.get(4)?.readUInt32LE(0) ?? 0;
  const device = state.links.get(link);
  if (gateway === undefined && device === undefined) return { errno: ENODEV };
  if (device?.loopback === true) return { errno: EINVAL, text: 'no routes to loopback' };
  if (first < 8 || first + extent >= 255) return { errno: EINVAL, text: 'invalid range' };
  const metrics = found.get(8);
  if (metrics !== undefined && !found.has(-8)) return { errno: EINVAL, text: 'incorrect format' };
  const mtu = metrics === undefined ? 0 : (attributes(metrics).get(2)?.readUInt32LE(0) ?? 0);
  const network = gateway?.network ?? device?.network ?? 0;
  const same = (each: FakeRoute): boolean =>
    each.first === first &&
    each.extent === extent &&
    network === (each.gateway?.network ?? state.links.get(each.link)?.network);
  if (add) {
    const isOwn = extent === 0 && state.linkOf(network, first) !== undefined;
    if (isOwn || state.routes.some(same)) return { errno: EEXIST };
    const route = { first, extent, mtu, link, ...(gateway === undefined ? {} : { gateway }) };
    state.routes = [route, ...state.routes];
    return DONE;
  }
  const exact = state.routes.find((each) => same(each) && each.link === link);
  if (exact === undefined) return { errno: ENOENT };
  state.routes = state.routes.filter((each) => each !== exact);
  return DONE;
}

function changeNeighbour(state: FakeState, add: boolean, body: Buffer): Answer {
  const link = state.links.get(body.readInt32LE(4));
  const found = attributes(body.subarray(12));
  const eid = found.get(1)?.[0] ?? 0;
  if (link === undefined) return { errno: ENODEV };
  const has = state.neighbours.some((each) => each.link === link.index && each.eid === eid);
  if (!add) {
    state.neighbours = state.neighbours.filter((each) => each.link !== link.index || each.eid !== eid);
    return has ? DONE : { errno: ENOENT };
  }
  const address = found.get(2) ?? Buffer.alloc(0);
  if (address.length !== link.address.length) return { errno: EINVAL, text: 'Wrong lladdr length' };
  if (has) return { errno: EEXIST };
  state.neighbours = [...state.neighbours, { link: link.index, eid, address: Buffer.from(address) }];
  return DONE;
}

/** Type and payloads of a dump. */
export function dump(
  state: FakeState,
  type: number,
  can: Abilities,
): readonly [type: number, payloads: Buffer[]] | undefined {
  const links = [...state.links.values()];
  switch (type) {
    case 18:
      // An ordinary network interface stands among them: the kernel lists everything.
      return [16, [ethernet(), ...links.map((link) => linkBody(link, can))]];
    case 22:
      return [20, links.flatMap((link) => link.eids.map((eid) => addressBody(link.index, eid)))];
    case 26:
      return [
        24,
        [
          ...state.routes.map((route) => routeBody(route, 1)),
          ...links.flatMap((link) =>
            link.eids.map((eid) => routeBody({ first: eid, extent: 0, mtu: 0, link: link.index }, 2)),
          ),
        ],
      ];
    case 30:
      return [
        28,
        state.neighbours.map(({ link, eid, address }) => {
          const head = Buffer.alloc(12);
          head[0] = AF_MCTP;
          head.writeInt32LE(link, 4);
          return Buffer.concat([head, attribute(1, Buffer.of(eid)), attribute(2, Buffer.from(address))]);
        }),
      ];
    default:
      return undefined;
  }
}

/** An event has family 0. */
export function linkBody(link: FakeLink, can: Abilities, family = AF_MCTP): Buffer {
  const head = Buffer.alloc(16);
  head[0] = family;
  head.writeUInt16LE(link.loopback ? 772 : 290, 2);
  head.writeInt32LE(link.index, 4);
  head.writeUInt32LE((link.up ? 1 : 0) | (link.loopback ? 8 : 0), 8);
  const told = can.isNew && link.physicalBinding !== undefined;
  const own = [
    attribute(1, int(link.network)),
    ...(told ? [attribute(2, Buffer.of(link.physicalBinding))] : []),
  ];
  return Buffer.concat([
    head,
    attribute(3, Buffer.from(`${link.name}\0`)),
    attribute(4, int(link.mtu)),
    attribute(50, int(link.minMtu)),
    attribute(51, int(link.maxMtu)),
    ...(link.address.length === 0 ? [] : [attribute(1, Buffer.from(link.address))]),
    attribute(26, attribute(AF_MCTP, Buffer.concat(own))),
  ]);
}

function ethernet(): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16LE(1, 2);
  head.writeInt32LE(77, 4);
  return Buffer.concat([head, attribute(3, Buffer.from('eth0\0')), attribute(4, int(1500))]);
}

function addressBody(link: number, eid: number): Buffer {
  const head = Buffer.alloc(8);
  head[0] = AF_MCTP;
  head.writeUInt32LE(link, 4);
  return Buffer.concat([head, attribute(2, Buffer.of(eid)), attribute(1, Buffer.of(eid))]);
}

function routeBody({ first, extent, mtu, link, gateway }: FakeRoute, kind: number): Buffer {
  const head = Buffer.from([AF_MCTP, extent, 0, 0, 0xfd, 4, 0xfd, kind, 0, 0, 0, 0]);
  const metrics = attribute(8, mtu === 0 ? Buffer.alloc(0) : attribute(2, int(mtu)));
  const target =
    gateway === undefined
      ? attribute(4, int(link))
      : attribute(5, Buffer.concat([int(gateway.network), Buffer.of(gateway.eid, 0, 0, 0)]));
  return Buffer.concat([head, attribute(1, Buffer.of(first)), metrics, target]);
}

/** By type; a nested one is there under its negative too. */
function attributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    const type = bytes.readUInt16LE(at + 2);
    found.set(type & 0x3fff, bytes.subarray(at + 4, at + length));
    if ((type & 0x8000) !== 0) found.set(-(type & 0x3fff), bytes.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

function attribute(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + data.length, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** What a device is when it appears: down, no EID, network 1. */
export function newLink(index: number, name: string, given: Partial<FakeLink> = {}): FakeLink {
  const maxMtu = given.maxMtu ?? FIRST_MTU;
  return {
    ...{ index, name, network: 1, up: false, mtu: maxMtu, minMtu: FIRST_MTU, maxMtu },
    ...{ address: new Uint8Array(0), loopback: false, eids: [] },
    ...given,
  };
}
