import type { Clock } from '../base/clock';
import type { TypeTable } from '../control/type-table';
import type { RootInfo } from '../dbus/root-info';
import type { Engine } from '../discovery/engine';
import { packageVersion } from '../files/package-root';

/** What the root object shows of this process, and where type registrations go. */
export class DaemonInfo implements RootInfo {
  readonly version = packageVersion();
  /** The demultiplexer and the client socket are not part of this release. */
  readonly demuxSockets: readonly string[] = [];
  readonly clientSocket = '';
  private readonly began: number;

  constructor(
    private readonly types: TypeTable,
    private readonly engine: Pick<Engine, 'rescan'>,
    private readonly clock: Clock,
  ) {
    this.began = clock.now();
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
