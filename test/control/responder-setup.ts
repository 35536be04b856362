import { toHex } from '../../src/base/bytes';
import type { NetLink } from '../../src/core/net';
import { Responder } from '../../src/control/responder';
import type { ResponderHost, ResponderPeer } from '../../src/control/responder-host';
import { TypeTable } from '../../src/control/type-table';
import { TestClock, idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { fakeHost } from './fake-host';
import { FakeNet, incoming, link } from './fake-net';

export interface Setup {
  readonly host?: Partial<ResponderHost>;
  readonly peers?: readonly ResponderPeer[];
  readonly link?: Partial<NetLink>;
  readonly types?: TypeTable;
}

export function setup({ host = {}, peers = [], link: over = {}, types = new TypeTable() }: Setup = {}) {
  const net = new FakeNet(new TestClock());
  net.linkList = [link(over)];
  const responder = new Responder({ net, host: fakeHost(host, peers), types });
  /** Hex without the type byte, as the rules write it; `undefined` = no answer. */
  const ask = async (text: string): Promise<string | undefined> => {
    const before = net.replies.length;
    net.deliver(incoming(hex(`00 ${text}`)));
    await idle();
    const reply = net.replies[before];
    return reply === undefined ? undefined : toHex(reply.message).slice(2);
  };
  return { net, responder, types, ask };
}

export const peer = (eid: number, over: Partial<ResponderPeer> = {}): ResponderPeer => ({
  eid,
  link: 1,
  physicalAddress: Uint8Array.of(eid + 0x14),
  bridge: 0,
  ...over,
});
