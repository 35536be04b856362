import type { Clock } from '../base/clock';
import { describeError } from '../base/errors';
import { connectSeqpacket } from '../os/seqpacket';
import type { ConnectOptions } from '../os/seqpacket';
import type { SeqpacketConnection } from '../os/seqpacket-connection';
import type { PacketConnector, PacketSocket, PacketSocketEvents } from './sim-bus';
import { SIM_BUS_MAX_MESSAGE } from './sim-bus-wire';

/** What may wait beyond the kernel's buffer: a few of the longest frames. */
const LIMITS = { frames: 64, bytes: 4 * SIM_BUS_MAX_MESSAGE };

/**
 * The simulated bus over real SOCK_SEQPACKET sockets. A full backlog, or nobody there, is left to the binding's own
 * backoff.
 * @param ops loads the native helper when the first bus is connected: it costs start-up time and may not be built
 */
export function seqpacketConnector(ops: () => ConnectOptions['ops'], clock: Clock): PacketConnector {
  return {
    async connect(path, events) {
      const state = { refused: false };
      const listener = {
        message: (bytes: Uint8Array) => events.message(bytes),
        writable: () => tellWritable(state, events),
        closed: (cause?: Error) =>
          events.closed(cause === undefined ? 'the bus closed' : describeError(cause)),
      };
      const connection = await connectSeqpacket({
        ops: ops(),
        clock,
        name: path,
        limits: LIMITS,
        listener,
        patienceMs: 0,
      });
      return socketOver(connection, state);
    },
  };
}

function tellWritable(state: { refused: boolean }, events: PacketSocketEvents): void {
  // The connection tells whenever its queue runs dry; only who was refused waits for it.
  if (!state.refused) return;
  state.refused = false;
  events.writable();
}

/** A connection as bindings and the simulator's bus take it. @param state tells whether a send was refused for room */
export function socketOver(connection: SeqpacketConnection, state = { refused: false }): PacketSocket {
  return {
    send(message) {
      const result = connection.send(message);
      if (result === 'sent' || result === 'queued') return 'taken';
      if (result !== 'full') return 'failed';
      state.refused = true;
      return 'full';
    },
    close: () => connection.close(),
  };
}
