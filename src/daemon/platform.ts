import { readFileSync } from 'node:fs';
import type { BindingParts } from '../bindings/catalog';
import { LoopbackBuses, type LoopbackBus } from '../bindings/loopback';
import { nodeSerialPorts } from '../bindings/serial/node-serial-port';
import type { SerialPortFactory } from '../bindings/serial/port';
import type { PacketConnector } from '../bindings/sim-bus';
import { systemClock, type Clock } from '../base/clock';
import type { Log } from '../base/log';
import { systemRandom, type Random } from '../base/random';
import { diskStorage, type StateStorage } from '../files/state-storage';
import type { Listen } from '../demux/client-server';
import type { DatagramOps } from '../os/datagram-socket';
import { loadNative } from '../os/native-module';
import { sysfsLookup, type SysfsLookup } from '../os/sysfs';
import { seqpacketConnector } from '../bindings/seqpacket-connector';
import { InheritedSockets } from './inherited-sockets';

/**
 * Everything the daemon reaches the world through (design decision D-11). Production takes {@link systemPlatform};
 * tests, the bench and the demo hand over others.
 */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** D-Bus address, as `bus/address.ts` gives it. */
  readonly busAddress: string;
  readonly serialPorts: SerialPortFactory;
  readonly packetSockets: PacketConnector;
  /** Opens the sockets that clients connect to. */
  readonly listen: Listen;
  /** Addresses of the sockets that the service manager has opened for us; {@link listen} takes those over (R-DEMUX-4). */
  readonly inheritedSockets: readonly string[];
  /** The address of such a socket, from its name without the NUL; tests give one of their own. */
  readonly socketAddress: (name: string) => string;
  /** Our own user, who may do everything (R-DEMUX-40). */
  readonly ownUid: number;
  /** The in-process bus of a `binding = "loopback"` link, by link name; the same one at each call. */
  readonly loopback: (name: string) => LoopbackBus;
  /** Netlink and AF_MCTP sockets. Throws MctpError `not-supported` where the native helper is not built. */
  readonly datagrams: () => DatagramOps;
  readonly sysfs: SysfsLookup;
  /** Where assignments are remembered; `undefined`: nowhere (D-8). */
  readonly stateDirectory: string | undefined;
  readonly stateStorage: StateStorage;
  /** Contents of a small text file such as /etc/machine-id. Throws when it cannot be read. */
  readonly readText: (path: string) => string;
}

export interface SystemPlatformOptions extends Pick<Platform, 'log' | 'busAddress'> {
  readonly stateDirectory?: string | undefined;
  /** Added to the names of sockets. Default: nothing. */
  readonly socketSuffix?: string | undefined;
}

export function systemPlatform({ socketSuffix = '', ...given }: SystemPlatformOptions): Platform {
  const { env, pid } = process;
  const sockets = new InheritedSockets({ env, pid, native: loadNative, clock: systemClock });
  return {
    clock: systemClock,
    random: systemRandom,
    serialPorts: nodeSerialPorts,
    packetSockets: seqpacketConnector(loadNative, systemClock),
    listen: sockets.listen,
    inheritedSockets: sockets.names,
    socketAddress: (name) => `\0${name}${socketSuffix}`,
    ownUid: process.getuid?.() ?? 0,
    loopback: new LoopbackBuses().of,
    datagrams: () => loadNative(),
    sysfs: sysfsLookup(),
    stateDirectory: undefined,
    stateStorage: diskStorage,
    readText: (path) => readFileSync(path, 'utf8'),
    ...given,
  };
}

/** The part of a platform that bindings are made with. */
export function bindingParts({ clock, log, serialPorts, packetSockets, loopback }: Platform): BindingParts {
  return { clock, log, serialPorts, packetSockets, loopback };
}
