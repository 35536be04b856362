/**
 * Checked reading of values that came over the bus. Any program may own the name, so nothing is taken for granted:
 * a value of another type than the contract's is `undefined`, never a throw.
 */

/** A dictionary as received: own keys only, so that a hostile key such as `constructor` finds nothing. */
export type Dictionary = Readonly<Record<string, unknown>>;

export function asDictionary(value: unknown): Dictionary | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
    ? (value as Dictionary)
    : undefined;
}

/** The member `key`, taken out of its variant where it is in one. */
export function member(dictionary: Dictionary | undefined, key: string): unknown {
  if (dictionary === undefined || !Object.hasOwn(dictionary, key)) return undefined;
  return unwrap(dictionary[key]);
}

/** The value in a variant; anything else as it is. */
export function unwrap(value: unknown): unknown {
  const dictionary = asDictionary(value);
  if (dictionary === undefined) return value;
  const isVariant = Object.hasOwn(dictionary, 'signature') && Object.hasOwn(dictionary, 'value');
  return isVariant ? dictionary['value'] : value;
}

/** An integer within `0..max`. Takes `y`, `u` and `i` alike, and `t`, which arrives as a bigint. */
export function asUnsigned(value: unknown, max: number): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max
    ? number
    : undefined;
}

export const asByte = (value: unknown): number | undefined => asUnsigned(value, 0xff);

/** A network id: `u` by the contract, `i` in GetManagedObjects for libnvme's sake (R-DBUS-43). */
export const asNetwork = (value: unknown): number | undefined => asUnsigned(value, 0xffffffff);

/** A counter. Beyond 2^53 it loses its last digits, which no packet counter reaches. */
export const asCount = (value: unknown): number | undefined => asUnsigned(value, Number.MAX_VALUE);

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** `ay`, copied: what the bus hands out is a window into its receive buffer. */
export function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (!Array.isArray(value)) return undefined;
  const bytes = value.map(asByte);
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}
