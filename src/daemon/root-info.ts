import type { Clock } from '../base/clock';
import type { TypeTable } from '../control/type-table';
import type { RootInfo } from '../dbus/root-info';
import type { Engine } from '../discovery/engine';
import { packageVersion } from '../files/package-root';

/** What the root object shows of this process, and where type registrations go. */
export class DaemonInfo implements RootInfo {
  readonly version = packageVersion();
  private readonly began: number;

  constructor(
    private readonly types: TypeTable,
    private readonly engine: Pick<Engine, 'rescan'>,
    private readonly clock: Clock,
    private readonly sockets: {
      readonly clients: { readonly name: string };
      readonly demux: { readonly names: readonly string[] };
    },
  ) {
    this.began = clock.now();
  }

  get clientSocket(): string {
    return this.sockets.clients.name;
  }

  get demuxSockets(): readonly string[] {
    return this.sockets.demux.names;
  }

  uptimeSeconds(): number {
    return Math.floor((this.clock.now() - this.began) / 1000);
  }

  rescan(): void {
    this.engine.rescan();
  }

  registerType(owner: string, type: number, versions: readonly Uint8Array[]): void {
    this.types.registerType(owner, type, versions);
  }

  registerVendorType(owner: string, set: Parameters<RootInfo['registerVendorType']>[1]): void {
    this.types.registerVendorType(owner, set);
  }

  ownerVanished(owner: string): void {
    this.types.removeOwner(owner);
  }
}
