import type { Clock } from '../base/clock';
import { connectSeqpacket, type ConnectOptions } from '../os/seqpacket';
import { MAX_FRAME } from './socket-wire';

/** What a {@link DaemonConnection} tells. Nothing after `close` of our own. */
export interface DaemonConnectionEvents {
  message(bytes: Uint8Array): void;
  /** What was refused for want of room can be sent now. */
  writable(): void;
  /** Once; no cause when the daemon closed. */
  closed(cause: Error | undefined): void;
}

/** A connection that keeps messages whole and in order. */
export interface DaemonConnection {
  /** `full`: not taken; `gone`: nobody reads any more. */
  send(bytes: Uint8Array): 'taken' | 'full' | 'gone';
  close(): void;
}

export interface DaemonConnector {
  /** @throws MctpError `unreachable`, `refused` */
  connect(events: DaemonConnectionEvents): Promise<DaemonConnection>;
}

/** What may wait in us beyond the kernel's buffer. */
const LIMITS = { frames: 1024, bytes: 16 * MAX_FRAME };
/** A full backlog of the daemon, which passes. */
const PATIENCE_MS = 2000;

/** The client socket of a daemon. @param name with the NUL in front, for an abstract one */
export function daemonSocket(given: {
  readonly ops: ConnectOptions['ops'];
  readonly clock: Clock;
  readonly name: string;
}): DaemonConnector {
  return {
    async connect(events) {
      const listener = {
        message: (bytes: Uint8Array) => events.message(bytes),
        writable: () => events.writable(),
        closed: (cause: Error | undefined) => events.closed(cause),
      };
      const connection = await connectSeqpacket({
        ...given,
        ...{ limits: LIMITS, listener, patienceMs: PATIENCE_MS },
      });
      return {
        send(bytes) {
          const result = connection.send(bytes);
          // Longer than the kernel ever takes: told as NoSpace, for the daemon is there.
          if (result === 'full' || result === 'too-long') return 'full';
          return result === 'sent' || result === 'queued' ? 'taken' : 'gone';
        },
        close: () => connection.close(),
      };
    },
  };
}
