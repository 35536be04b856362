import { BusError } from '../bus/call';
import { Variant } from '../bus/variant';

/** Values of a reply, in the order of the method's out arguments. */
export type Values = readonly unknown[];

export interface Caller {
  /** Unique bus name. */
  readonly sender: string;
}

/**
 * Handlers of one interface, by member: what an object of the kind `S` does. Which members there are, and their
 * signatures, is the XML file's matter.
 */
export interface Rows<S> {
  readonly name: string;
  readonly methods: Readonly<
    Record<string, (subject: S, args: Arguments, caller: Caller) => Values | Promise<Values>>
  >;
  readonly properties: Readonly<Record<string, (subject: S) => unknown>>;
  readonly setters?: Readonly<Record<string, (subject: S, value: unknown) => void>>;
}

/** Rows bound to the thing they are about. */
export interface Attached {
  readonly name: string;
  call(member: string, args: Arguments, caller: Caller): Values | Promise<Values>;
  get(property: string): unknown;
  set(property: string, value: unknown): void;
}

export function attach<S>(rows: Rows<S>, subject: S): Attached {
  return {
    name: rows.name,
    call: (member, args, caller) => own(rows.methods, member)(subject, args, caller),
    get: (property) => own(rows.properties, property)(subject),
    set: (property, value) => own(rows.setters ?? {}, property)(subject, value),
  };
}

/** Names come from the bus: `constructor` is nobody's method. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (value === undefined) throw new BusError('org.freedesktop.DBus.Error.Failed', `no handler for ${name}`);
  return value;
}

/** Arguments whose signature has been checked against the XML; a wrong reader here is a defect of ours. */
export class Arguments {
  constructor(private readonly values: readonly unknown[]) {}

  /** `y n q i u` */
  number(index: number): number {
    const value = this.values[index];
    if (typeof value !== 'number') throw new TypeError(`argument ${index} is no number`);
    return value;
  }

  /** `s o g` */
  text(index: number): string {
    const value = this.values[index];
    if (typeof value !== 'string') throw new TypeError(`argument ${index} is no string`);
    return value;
  }

  /** `ay`, copied out of the received message. */
  bytes(index: number): Uint8Array {
    const value = this.values[index];
    if (!(value instanceof Uint8Array)) throw new TypeError(`argument ${index} is no byte array`);
    return Uint8Array.from(value);
  }

  /** `au` */
  numbers(index: number): readonly number[] {
    const value = this.values[index];
    if (!Array.isArray(value)) throw new TypeError(`argument ${index} is no array`);
    return value as readonly number[];
  }

  /** `v` */
  variant(index: number): Variant {
    const value = this.values[index];
    if (!(value instanceof Variant)) throw new TypeError(`argument ${index} is no variant`);
    return value;
  }
}
