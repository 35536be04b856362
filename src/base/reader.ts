/** The decoding half of every codec: bytes to values, where bad bytes are a value as well. */

/** Received bytes that are not what they should be: a value, never a throw (design decision D-12). */
export class Malformed {
  constructor(readonly reason: string) {}
}

export function isMalformed(value: unknown): value is Malformed {
  return value instanceof Malformed;
}

/**
 * Reads fields in order, most significant byte first unless told otherwise. Reading past the end gives zeros and sets
 * {@link short}, so a codec reads all its fields and asks once at the end.
 */
export class Reader {
  private offset = 0;
  short = false;

  constructor(
    private readonly data: Uint8Array,
    private readonly order: 'big-endian' | 'little-endian' = 'big-endian',
  ) {}

  get remaining(): number {
    return this.data.length - this.offset;
  }

  u8(): number {
    return this.number(1);
  }

  u16(): number {
    return this.number(2);
  }

  u24(): number {
    return this.number(3);
  }

  u32(): number {
    return this.number(4);
  }

  skip(length: number): void {
    if (this.has(length)) this.offset += length;
  }

  /** A copy of the next `length` bytes; empty when there are fewer. */
  bytes(length: number): Uint8Array {
    if (!this.has(length)) return new Uint8Array(0);
    this.offset += length;
    return this.data.slice(this.offset - length, this.offset);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** `count` items, or fewer when the data ends first: the work is bounded by the bytes that came. */
  list<T>(count: number, item: (reader: Reader) => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < count && !this.short; i++) items.push(item(this));
    return items;
  }

  private number(size: number): number {
    if (!this.has(size)) return 0;
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = this.order === 'big-endian' ? i : size - 1 - i;
      value = value * 256 + (this.data[this.offset + at] ?? 0);
    }
    this.offset += size;
    return value;
  }

  private has(size: number): boolean {
    if (this.remaining < size) this.short = true;
    return !this.short;
  }
}

/** `value` if the reader was not asked for more than it had. */
export function atLeast<T>(reader: Reader, value: T): T | Malformed {
  return reader.short ? new Malformed('too short') : value;
}

/** `value` if the reader was asked for all it had and no more. */
export function exactly<T>(reader: Reader, value: T): T | Malformed {
  if (reader.short) return new Malformed('too short');
  return reader.remaining > 0 ? new Malformed(`${reader.remaining} bytes too long`) : value;
}
