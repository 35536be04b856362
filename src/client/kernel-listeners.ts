import { describeError, isMctpError, MctpError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Incoming } from '../core/net';
import type { KernelAccess } from '../os/kernel-access';
import type { MctpSocket } from '../os/mctp-socket';
import { clientErrorOf } from './error-mapping';
import { incomingFrom } from './kernel-incoming';
import type { Interest } from './listener-directory';

/** As an address to bind: any EID of ours. */
const EID_ANY = 0xff;

/** Listeners, each a bound socket: who else has the type is the kernel's to know (R-API-11). */
export class KernelListeners {
  /** Requests of other sources than the one that was asked for, and what was lost on the way. */
  dropped = 0;

  constructor(private readonly access: KernelAccess) {}

  /** @throws ClientError `AddrInUse`; `InternalError` without CAP_NET_BIND_SERVICE */
  add(interest: Interest, deliver: (incoming: Incoming) => void): Subscription {
    const { network, from } = interest;
    const socket = this.access.openMctp({
      message: (bytes, address) => {
        const incoming = incomingFrom(bytes, address);
        const isWanted = incoming.to && incoming.network === network;
        // A kernel that cannot be told the peer gives us everybody's.
        if (isWanted && (from === undefined || from === incoming.source)) deliver(incoming);
        else this.dropped++;
      },
      failed: () => {
        this.dropped++;
      },
    });
    try {
      claim(socket, interest);
    } catch (error) {
      socket.close();
      throw clientErrorOf(isMctpError(error, 'refused') ? notPermitted(error) : error);
    }
    return { unsubscribe: () => socket.close() };
  }
}

function claim(socket: MctpSocket, { network, type, from }: Interest): void {
  // The answer to a requester without an EID needs to know where he is.
  socket.useExtendedAddresses();
  if (from !== undefined) socket.nameSource({ network, eid: from, type });
  socket.bind({ network, eid: EID_ANY, type });
}

function notPermitted(cause: unknown): MctpError {
  const text = `listening needs CAP_NET_BIND_SERVICE, give it to the program: ${describeError(cause)}`;
  return new MctpError('not-permitted', text, { capability: 'CAP_NET_BIND_SERVICE' }, { cause });
}
