import type { Clock } from '../base/clock';
import type { Listen } from '../demux/client-server';
import { isListeningSeqpacket, parseActivation } from '../os/activation';
import type { NativeModule } from '../os/native-module';
import { SeqpacketServer } from '../os/seqpacket-server';
import { decodeUnixAddress } from '../os/unix-address';

interface Given {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Loaded only when there is something to do. */
  readonly native: () => NativeModule;
  readonly clock: Clock;
}

/**
 * The sockets that the service manager listens on for us (R-DEMUX-4): clients connect before we run, and nobody takes the
 * names meanwhile. Whoever listens by one of these names gets the socket instead of a new one.
 */
export class InheritedSockets {
  private readonly descriptors: ReadonlyMap<string, number>;
  private readonly taken = new Set<string>();

  constructor(private readonly given: Given) {
    const { env, pid, native } = given;
    const listening = parseActivation(env, pid).filter(({ fd }) => isListeningSeqpacket(native(), fd));
    this.descriptors = new Map(listening.flatMap(({ fd }) => nameOf(native(), fd) ?? []));
  }

  /** With the NUL in front of abstract ones. */
  get names(): readonly string[] {
    return [...this.descriptors.keys()];
  }

  readonly listen: Listen = (options) => {
    const { native, clock } = this.given;
    const { name } = options;
    const fd = this.taken.has(name) ? undefined : this.descriptors.get(name);
    if (fd === undefined) return SeqpacketServer.listen({ ops: native(), clock, ...options });
    this.taken.add(name);
    return SeqpacketServer.adopt({ ops: native(), clock, ...options }, fd);
  };
}

function nameOf(native: NativeModule, fd: number): [readonly [string, number]] | undefined {
  const address = native.getsockname(fd);
  const name = typeof address === 'number' ? undefined : decodeUnixAddress(address);
  return name === undefined || name === '' ? undefined : [[name, fd]];
}
