import type { Subscription } from '../base/events';
import type { KernelAccess } from '../os/kernel-access';
import { bindFailure } from '../os/kernel-errors';
import { EID_ANY } from '../os/mctp-address';
import type { MctpSocket } from '../os/mctp-socket';
import { clientErrorOf } from './error-mapping';
import { incomingFrom } from './kernel-incoming';
import type { Interest, ListenerSink } from './listener-directory';

/** Listeners, each a bound socket: who else has the type is the kernel's to know (R-API-11). */
export class KernelListeners {
  /** Requests of other sources than the one that was asked for, and what was lost on the way. */
  dropped = 0;

  constructor(private readonly access: KernelAccess) {}

  /** @throws ClientError `AddrInUse`; `InternalError` without CAP_NET_BIND_SERVICE */
  add(interest: Interest, sink: Pick<ListenerSink, 'deliver'>): Subscription {
    const { network, from } = interest;
    const socket = this.access.openMctp({
      message: (bytes, address) => {
        const incoming = incomingFrom(bytes, address);
        const isWanted = incoming.to && incoming.network === network;
        // A kernel that cannot be told the peer gives us everybody's.
        if (isWanted && (from === undefined || from === incoming.source)) sink.deliver(incoming);
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
      throw clientErrorOf(bindFailure(error, interest.type));
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
