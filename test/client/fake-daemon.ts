import type {
  DaemonConnection,
  DaemonConnectionEvents,
  DaemonConnector,
} from '../../src/client/daemon-socket';
import { decodeFrame, encodeFrame, networkBytes, type ClientFrame } from '../../src/client/socket-wire';
import {
  decodeRequest,
  encodeResponse,
  isFault,
  type WireRequest,
  type WireResponse,
} from '../../src/client/wire';

const MAX_PAYLOAD = 65_535;

/** A daemon that says exactly what a test makes it say, in the very turn the test says so. */
export class FakeDaemon implements DaemonConnector {
  /** What it does with a hello; by default it welcomes to network 7. */
  greet: (id: number) => void = (id) => this.answer(id, { payload: networkBytes(7) });
  readonly heard: ClientFrame[] = [];
  connections = 0;
  open = 0;
  private events: DaemonConnectionEvents | undefined;

  connect(events: DaemonConnectionEvents): Promise<DaemonConnection> {
    this.events = events;
    this.connections++;
    this.open++;
    return Promise.resolve({
      send: (bytes) => {
        const frame = decodeFrame(bytes);
        if (frame === undefined) throw new Error('what a client sends is a frame');
        this.heard.push(frame);
        if (frame.kind === 'hello') this.greet(frame.id);
        return 'taken';
      },
      close: () => {
        this.open--;
      },
    });
  }

  answer(id: number, response: Partial<WireResponse>): void {
    const body = encodeResponse(response, MAX_PAYLOAD);
    this.events?.message(encodeFrame({ kind: 'response', id, body }));
  }

  /** Closes, as when it ends. */
  end(): void {
    this.events?.closed(undefined);
  }

  /** Ids of the requests of one operation, in order. */
  asked(op: WireRequest['op']): number[] {
    return this.heard.flatMap((frame) => {
      if (frame.kind !== 'request') return [];
      const request = decodeRequest(frame.body);
      return !isFault(request) && request.op === op ? [frame.id] : [];
    });
  }

  /** Answers the last request of that operation. */
  reply(op: WireRequest['op'], response: Partial<WireResponse>): void {
    const id = this.asked(op).at(-1);
    if (id === undefined) throw new Error(`no ${op} was asked`);
    this.answer(id, response);
  }
}
