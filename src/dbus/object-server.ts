import { Iface } from '../base/bus-names';
import { describeError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import { BusError } from '../bus/call';
import type { BusConnection, IncomingCall } from '../bus/connection';
import { ErrorName, isDefect, toBusError } from './errors';
import { composeXml } from './introspection';
import type { Descriptions, InterfaceDescription } from './introspection';
import { ManagedObjects, STANDARD } from './managed-objects';
import type { NetworkIdType } from './managed-objects';
import { ObjectTree } from './object-tree';
import { Arguments, attach } from './rows';
import type { Attached } from './rows';
import { introspectableRows, peerRows, propertiesRows } from './standard-rows';
import type { Node } from './standard-rows';
import { TurnQueue } from './turn-queue';

export interface ObjectServerOptions {
  readonly connection: BusConnection;
  readonly descriptions: Descriptions;
  readonly log: Log;
  readonly networkId: NetworkIdType;
  /** The object with the ObjectManager. */
  readonly rootPath: string;
  /** A container below it that GetManagedObjects lists while there is no object (R-CONS-13). */
  readonly placeholder: string;
}

/** A caller that reads no replies must not fill our memory with them. */
const UNSENT_LIMIT = 64 * 1024 * 1024;

/** What is answered from memory. Every other method talks to devices or changes routes, and costs more. */
const QUICK: ReadonlySet<string | undefined> = new Set([...STANDARD, Iface.objectManager]);

/**
 * The object tree on the bus: keeps paths and interfaces, and answers every method call, the standard interfaces
 * included (R-DBUS-29..32). dbus-next's own service side knows no ObjectManager, no const properties and no error for an
 * unknown path, so nothing of it is used.
 */
export class ObjectServer {
  private readonly tree = new ObjectTree();
  private readonly turns = new TurnQueue();
  private readonly managed: ManagedObjects;
  private subscription: Subscription | undefined;

  constructor(private readonly options: ObjectServerOptions) {
    this.managed = new ManagedObjects(options.descriptions, options.networkId, options.placeholder);
  }

  /** Answers calls from now on. */
  start(): void {
    this.subscription ??= this.options.connection.onMethodCall((call) => {
      if (QUICK.has(call.iface)) this.begin(call);
      else this.turns.run(() => this.begin(call));
    });
  }

  stop(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  /** False when the path is taken. Every object but the root is listed by GetManagedObjects (R-DBUS-30). */
  add(path: string, interfaces: readonly Attached[]): boolean {
    if (!this.tree.add(path, interfaces)) return false;
    this.changed(path);
    return true;
  }

  /** Names of the interfaces it had, without the standard ones; `undefined` when there was no such object. */
  remove(path: string): readonly string[] | undefined {
    this.managed.remove(path);
    return this.tree.remove(path)?.map((each) => each.name);
  }

  attach(path: string, added: Attached): void {
    this.tree.attach(path, added);
    this.changed(path);
  }

  /** Something that a property of the object shows has changed. */
  changed(path: string): void {
    const interfaces = this.tree.interfaces(path);
    if (interfaces !== undefined && path !== this.options.rootPath) this.managed.put(path, interfaces);
  }

  interfaces(path: string): readonly Attached[] | undefined {
    return this.tree.interfaces(path);
  }

  private begin(call: IncomingCall): void {
    this.answer(call).catch((error: unknown) => {
      this.options.log.error('a D-Bus call was not answered', { cause: describeError(error) });
    });
  }

  private async answer(call: IncomingCall): Promise<void> {
    const { connection, log } = this.options;
    try {
      if (connection.writableLength > UNSENT_LIMIT) {
        throw new BusError(ErrorName.limitsExceeded, 'Too many unread replies');
      }
      await this.dispatch(call);
    } catch (error) {
      if (isDefect(error)) {
        const operation = `${call.iface ?? ''}.${call.member}`;
        log.error('a D-Bus method failed', { operation, cause: describeError(error) });
      }
      const { errorName, message } = toBusError(error);
      connection.replyError(call, errorName, message);
    }
  }

  private async dispatch(call: IncomingCall): Promise<void> {
    const { connection, rootPath } = this.options;
    if (!this.exists(call.path)) throw unknownObject(call.path);
    if (call.iface === Iface.objectManager && call.path !== rootPath) throw unknownObject(call.path);
    const { attached, method } = this.findMethod(call);
    if (call.signature !== method.inSignature) {
      const text = `Invalid arguments '${call.signature}' to call ${attached.name}.${call.member}(), expecting '${method.inSignature}'.`;
      throw new BusError(ErrorName.invalidArgs, text);
    }
    if (attached.name === Iface.objectManager) {
      connection.replyRaw(call, method.outSignature, this.managed.reply());
      return;
    }
    const result = attached.call(call.member, new Arguments(call.body), call);
    // Nothing is awaited for a result that is there: a Get is answered in the turn it came in.
    const values = result instanceof Promise ? await result : result;
    connection.reply(call, method.outSignature, values);
  }

  /** The container that the placeholder of an empty tree stands for exists as well (R-CONS-13). */
  private exists(path: string): boolean {
    return this.tree.exists(path) || (path === this.options.placeholder && this.managed.isEmpty);
  }

  private findMethod(call: IncomingCall): {
    readonly attached: Attached;
    readonly method: { readonly inSignature: string; readonly outSignature: string };
  } {
    for (const attached of this.allInterfaces(call.path)) {
      if (call.iface !== undefined && call.iface !== attached.name) continue;
      const method = this.options.descriptions.get(attached.name)?.methods.get(call.member);
      if (method !== undefined) return { attached, method };
    }
    const text = `Unknown method ${call.member} or interface ${call.iface ?? ''}.`;
    throw new BusError(ErrorName.unknownMethod, text);
  }

  private allInterfaces(path: string): readonly Attached[] {
    const node: Node = {
      descriptions: this.options.descriptions,
      interfaces: () => this.allInterfaces(path),
      xml: () => this.xml(path),
    };
    const standard = [attach(peerRows, node), attach(introspectableRows, node), attach(propertiesRows, node)];
    const manager = path === this.options.rootPath ? [OBJECT_MANAGER] : [];
    return [...standard, ...manager, ...(this.tree.interfaces(path) ?? [])];
  }

  private xml(path: string): string {
    const { descriptions } = this.options;
    const interfaces = this.allInterfaces(path)
      .map((each) => descriptions.get(each.name))
      .filter((each): each is InterfaceDescription => each !== undefined);
    return composeXml(interfaces, this.tree.children(path));
  }
}

/** Its one method is answered with a body that is encoded already, so there are no rows for it. */
const OBJECT_MANAGER: Attached = attach(
  { name: Iface.objectManager, methods: {}, properties: {} },
  undefined,
);

function unknownObject(path: string): BusError {
  return new BusError(ErrorName.unknownObject, `Unknown object '${path}'.`);
}
