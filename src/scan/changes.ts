import { Iface, ROOT_PATH, SERVICE_NAME } from '../base/bus-names';
import type { BusCaller, BusMatch } from './bus-caller';
import { isBusFailureOf } from './bus-caller';
import { decodeInventory } from './decode';
import { MctpError } from '../base/errors';
import type { EndpointRecord, Inventory, Problem } from './records';
import type { EndpointFilter } from './inventory';
import { matches, readObjects } from './inventory';
import { unlessAborted } from './unless-aborted';

/** What a watch tells. */
export type WatchEvent<E extends EndpointRecord = EndpointRecord> =
  | { readonly kind: 'daemon'; readonly running: boolean }
  | { readonly kind: 'added'; readonly endpoint: E }
  | { readonly kind: 'changed'; readonly endpoint: E; readonly previous: EndpointRecord }
  | { readonly kind: 'removed'; readonly endpoint: EndpointRecord }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface ChangesOptions {
  readonly filter?: EndpointFilter;
  /** Ends the iteration; leaving the loop alone would wait for the next signal. */
  readonly signal?: AbortSignal;
}

const BUS_SERVICE = 'org.freedesktop.DBus';

/**
 * The endpoints that fit: first the ones there are (`added`), then every change, across restarts of the daemon
 * (`daemon` tells of those). Starts with `daemon: false` when there is none yet, and waits for it.
 *
 * Each signal leads to one GetManagedObjects, and the difference to the last one is reported. Signals alone would not
 * do: those sent before the name is owned are not seen (R-DBUS-3), and LocalEIDs has none (R-DBUS-21). Several changes
 * between two reads are one event.
 * Rejects when the bus goes away.
 */
export async function* changes(bus: BusCaller, options: ChangesOptions = {}): AsyncGenerator<WatchEvent> {
  const wake = new Wake();
  const state = { closed: false };
  const abort = options.signal;
  const ring = (): void => wake.ring();
  const closing = bus.onClose(() => {
    state.closed = true;
    wake.ring();
  });
  abort?.addEventListener('abort', ring);
  const subscriptions = [closing];
  try {
    // Each is noted before the next one can fail: the bus may live longer than the watch.
    for (const match of MATCHES) subscriptions.push(await bus.onSignal(match, ring));
    const memory = new Memory(options.filter ?? {});
    while (!isAborted(abort)) {
      if (state.closed) throw new MctpError('bus-failed', 'the connection to the bus was lost');
      wake.reset();
      // A daemon that does not answer must not keep somebody who wants to leave.
      yield* memory.update(await unlessAborted(readWhileRunning(bus), abort));
      await wake.rung();
    }
  } catch (error) {
    if (!isAborted(abort)) throw error;
  } finally {
    abort?.removeEventListener('abort', ring);
    for (const each of subscriptions) each.unsubscribe();
  }
}

/** Asked anew after each await. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

const MATCHES: readonly BusMatch[] = [
  {
    sender: BUS_SERVICE,
    path: '/org/freedesktop/DBus',
    iface: BUS_SERVICE,
    member: 'NameOwnerChanged',
    arg0: SERVICE_NAME,
  },
  { sender: SERVICE_NAME, path: ROOT_PATH, iface: Iface.objectManager },
  { sender: SERVICE_NAME, pathNamespace: ROOT_PATH, iface: Iface.properties, member: 'PropertiesChanged' },
];

/** The inventory, or `undefined` while nobody owns the name. */
async function readWhileRunning(bus: BusCaller): Promise<Inventory | undefined> {
  try {
    return decodeInventory(await readObjects(bus));
  } catch (error) {
    if (isBusFailureOf(error, 'ServiceUnknown', 'NameHasNoOwner')) return undefined;
    // A daemon that ends during the call leaves it without a reply, just like one that hangs.
    if (isBusFailureOf(error, 'NoReply', 'Disconnected') && !(await hasOwner(bus))) return undefined;
    throw error;
  }
}

async function hasOwner(bus: BusCaller): Promise<boolean> {
  const [owned] = await bus.call({
    destination: BUS_SERVICE,
    path: '/org/freedesktop/DBus',
    iface: BUS_SERVICE,
    member: 'NameHasOwner',
    signature: 's',
    body: [SERVICE_NAME],
  });
  return owned === true;
}

/** What was reported last, and the events that lead from there to a new inventory. */
class Memory {
  private running: boolean | undefined;
  private endpoints: ReadonlyMap<string, EndpointRecord> = new Map();
  private problems: ReadonlySet<string> = new Set();

  constructor(private readonly filter: EndpointFilter) {}

  *update(inventory: Inventory | undefined): Generator<WatchEvent> {
    const before = this.endpoints;
    const fitting = (inventory?.endpoints ?? []).filter((each) => matches(each, this.filter));
    const after = new Map(fitting.map((each) => [each.path, each]));
    const daemon = this.updateDaemon(inventory !== undefined);
    // A daemon that came is told of before its endpoints, one that went after them.
    if (inventory !== undefined) yield* daemon;
    for (const [path, endpoint] of before) if (!after.has(path)) yield { kind: 'removed', endpoint };
    for (const [path, endpoint] of after) {
      const previous = before.get(path);
      if (previous === undefined) yield { kind: 'added', endpoint };
      else if (!sameRecord(previous, endpoint)) yield { kind: 'changed', endpoint, previous };
    }
    if (inventory === undefined) yield* daemon;
    this.endpoints = after;
    yield* this.updateProblems(inventory?.problems ?? []);
  }

  private updateDaemon(running: boolean): readonly WatchEvent[] {
    const changed = running !== this.running;
    this.running = running;
    return changed ? [{ kind: 'daemon', running }] : [];
  }

  private updateProblems(problems: readonly Problem[]): readonly WatchEvent[] {
    const before = this.problems;
    this.problems = new Set(problems.map((each) => `${each.path} ${each.reason}`));
    const fresh = problems.filter((each) => !before.has(`${each.path} ${each.reason}`));
    return fresh.map((problem) => ({ kind: 'problem', problem }));
  }
}

/** Both come out of the same decoder, so equal records have equal text. */
function sameRecord(a: EndpointRecord, b: EndpointRecord): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A bell that remembers having been rung since the last {@link Wake.reset}. */
class Wake {
  private isRung = false;
  private listener: (() => void) | undefined;

  ring(): void {
    this.isRung = true;
    this.listener?.();
  }

  reset(): void {
    this.isRung = false;
  }

  rung(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isRung) resolve();
      else this.listener = resolve;
    });
  }
}
