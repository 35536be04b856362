import { isMctpError } from '../../src/base/errors';
import type { Destination, NetLink } from '../../src/core/net';
import { getEndpointId } from '../../src/control/commands/get-endpoint-id';
import { ControlRequester, type ControlRequesterParts } from '../../src/control/requester';
import { TestClock } from '../support/test-clock';
import { hex } from '../support/vectors';
import { FakeNet, link, type Peer } from './fake-net';

export function setup(over: Partial<NetLink> = {}, parts: Partial<ControlRequesterParts> = {}) {
  const clock = new TestClock();
  const net = new FakeNet(clock);
  net.linkList = [link(over)];
  net.routeList = [{ network: 1, first: 8, extent: 200, link: 1, mtu: 0 }];
  const requester = new ControlRequester({ net, clock, ...parts });
  const at = (address: number): Destination => ({
    kind: 'physical',
    link: 1,
    address: Uint8Array.of(address),
  });
  const probe = (address = 0x1d, options = {}) => requester.request(at(address), getEndpointId, {}, options);
  /** The error's code and completion code. */
  const failure = async (promise: Promise<unknown>): Promise<unknown> => {
    const error: unknown = await clock.settle(
      promise.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    return isMctpError(error) ? error : undefined;
  };
  return { clock, net, requester, at, probe, failure };
}

export const eid = (number: number): Destination => ({ kind: 'eid', network: 1, eid: number });
/** IID of the request into the response; `text` follows the header byte. */
export const answer = (request: Uint8Array, text: string): Uint8Array =>
  Uint8Array.of(0, (request[1] ?? 0) & 0x1f, ...hex(text));
export const GOOD = '02 00 09 02 00';
export const answering =
  (text: string, at = 5): Peer =>
  (request) => [{ at, bytes: answer(request, text) }];
export const header = (message: Uint8Array): number => message[1] ?? 0;
