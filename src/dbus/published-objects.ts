import { Iface } from '../base/bus-names';
import type { Log } from '../base/log';
import type { BusConnection } from '../bus/connection';
import type { Variant } from '../bus/variant';
import type { Descriptions } from './introspection';
import { interfaceMap, STANDARD } from './managed-objects';
import type { ObjectServer } from './object-server';
import type { Attached } from './rows';

export interface PublishedObjectsOptions {
  readonly connection: BusConnection;
  readonly server: ObjectServer;
  readonly descriptions: Descriptions;
  readonly log: Log;
  /** Where the signals of the ObjectManager come from. */
  readonly rootPath: string;
}

/**
 * The objects of one connection together with the signals that tell of them. The state is always there before its
 * signal leaves, and gone before its removal is told (R-CONS-7): clients call back inside their signal handlers.
 */
export class PublishedObjects {
  constructor(private readonly options: PublishedObjectsOptions) {}

  /** One signal with all interfaces (R-CONS-5). False, and logged, when the path is taken. */
  publish(path: string, interfaces: readonly Attached[]): boolean {
    if (!this.options.server.add(path, interfaces)) {
      // Two link names can need the same path (R-DBUS-7).
      this.options.log.error('not published: the object path is taken', { path });
      return false;
    }
    this.interfacesAdded(path, {
      ...Object.fromEntries(STANDARD.map((name) => [name, {}])),
      ...interfaceMap(this.options.descriptions, interfaces),
    });
    return true;
  }

  /** Names every interface it had, the standard ones too (R-CONS-6). */
  unpublish(path: string): void {
    const names = this.options.server.remove(path);
    if (names === undefined) return;
    this.objectManagerSignal('InterfacesRemoved', 'oas', [path, [...STANDARD, ...names]]);
  }

  /** One more interface on a published object: the signal has only that (R-DBUS-28, R-DBUS-33). */
  attachLater(path: string, added: Attached): void {
    this.options.server.attach(path, added);
    this.interfacesAdded(path, interfaceMap(this.options.descriptions, [added]));
  }

  /** By value, never as invalidated (R-CONS-18). */
  propertiesChanged(path: string, iface: string, changed: Record<string, Variant>): void {
    if (Object.keys(changed).length === 0) return;
    const body = [iface, changed, []];
    const signal = { path, iface: Iface.properties, member: 'PropertiesChanged', signature: 'sa{sv}as' };
    this.options.connection.emit({ ...signal, body });
  }

  private interfacesAdded(path: string, interfaces: Record<string, unknown>): void {
    this.objectManagerSignal('InterfacesAdded', 'oa{sa{sv}}', [path, interfaces]);
  }

  /** Always from the root path: matches of clients are exact (R-CONS-2). */
  private objectManagerSignal(member: string, signature: string, body: readonly unknown[]): void {
    const { connection, rootPath: path } = this.options;
    connection.emit({ path, iface: Iface.objectManager, member, signature, body });
  }
}
