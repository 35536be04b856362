/** rtnetlink message types, of each kind: new (also the reply of a dump), delete, get. */
export const Rtm = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  delNeighbour: 29,
  getNeighbour: 30,
} as const;

/** What a dump of this type consists of: each kind has new, delete and get in a row. */
export function replyType(get: number): number {
  return get - (Rtm.getLink - Rtm.newLink);
}

/** Multicast groups. There are none for MCTP routes and neighbours: nobody tells when those change. */
export const RTNLGRP_LINK = 1;
export const RTNLGRP_MCTP_IFADDR = 34;

/** What is sent: message type, and the family's structure with its attributes. */
export interface RtnetlinkRequest {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** A family's structure, then its attributes. */
export function join(head: Uint8Array, attributes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(head.length + attributes.length);
  bytes.set(head);
  bytes.set(attributes, head.length);
  return bytes;
}
