import { parseSignature } from './signature';
import type { SignatureType } from './signature';
import { Variant } from './variant';

/**
 * Our own marshaller, little-endian, for what must be fast or kept encoded (design decision D-5): dbus-next's takes 7 ms for
 * 200 objects. Takes the same values: numbers, `bigint` for `x t`, `Buffer`/`Uint8Array`/number array for `ay`,
 * arrays for structs, plain objects or `Map`s for dictionaries, {@link Variant} for `v`.
 * @throws RangeError or TypeError for a value that does not fit its type
 */
export function marshal(signature: string, values: readonly unknown[]): Buffer {
  const types = parseSignature(signature);
  if (types.length !== values.length) {
    throw new RangeError(`"${signature}" needs ${types.length} values, not ${values.length}`);
  }
  const writer = new Writer();
  types.forEach((type, index) => writer.write(type, values[index]));
  return writer.bytes();
}

/**
 * Body of one `a...` argument made of elements that are encoded already. Each element must have been encoded at an
 * offset that is a multiple of 8, and padded to one, which is the alignment of dictionary entries and structs.
 */
export function joinElements(elements: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  let length = 0;
  elements.forEach((element, index) => {
    length = index === elements.length - 1 ? length + element.length : length + padTo8(element.length);
  });
  head.writeUInt32LE(length, 0);
  const body = Buffer.alloc(head.length + length);
  head.copy(body);
  let at = head.length;
  for (const element of elements) {
    element.copy(body, at);
    at += padTo8(element.length);
  }
  return body;
}

function padTo8(length: number): number {
  return (length + 7) & ~7;
}

const INTEGERS: Readonly<
  Record<string, { readonly size: 1 | 2 | 4; readonly min: number; readonly max: number }>
> = {
  y: { size: 1, min: 0, max: 0xff },
  n: { size: 2, min: -0x8000, max: 0x7fff },
  q: { size: 2, min: 0, max: 0xffff },
  i: { size: 4, min: -0x80000000, max: 0x7fffffff },
  u: { size: 4, min: 0, max: 0xffffffff },
};

class Writer {
  private buffer = Buffer.alloc(512);
  private length = 0;

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  write(type: SignatureType, value: unknown): void {
    switch (type.code) {
      case 'a': {
        this.array(type, value);
        return;
      }
      case '(':
      case '{': {
        this.members(type, value);
        return;
      }
      case 'v': {
        this.variant(value);
        return;
      }
      case 's':
      case 'o': {
        this.string(value);
        return;
      }
      case 'g': {
        this.signature(value);
        return;
      }
      default: {
        this.number(type, value);
        return;
      }
    }
  }

  private number(type: SignatureType, value: unknown): void {
    const { code } = type;
    if (code === 'b') {
      this.integer(4, booleanBit(value));
      return;
    }
    if (code === 'x' || code === 't') {
      this.long(code, value);
      return;
    }
    if (code === 'd' && typeof value === 'number') {
      this.double(value);
      return;
    }
    const range = INTEGERS[code];
    const fits =
      range !== undefined &&
      typeof value === 'number' &&
      Number.isInteger(value) &&
      value >= range.min &&
      value <= range.max;
    if (!fits) throw new RangeError(`${show(value)} does not fit D-Bus type ${code}`);
    this.integer(range.size, value);
  }

  private integer(size: 1 | 2 | 4, value: number): void {
    const at = this.reserve(size, size);
    if (size === 1) this.buffer[at] = value;
    else if (size === 2) this.buffer.writeUInt16LE(value & 0xffff, at);
    else this.buffer.writeUInt32LE(value >>> 0, at);
  }

  private long(code: 'x' | 't', value: unknown): void {
    const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    if (
      typeof big !== 'bigint' ||
      big !== (code === 'x' ? BigInt.asIntN(64, big) : BigInt.asUintN(64, big))
    ) {
      throw new RangeError(`${show(value)} does not fit D-Bus type ${code}`);
    }
    const at = this.reserve(8, 8);
    this.buffer.writeBigUInt64LE(BigInt.asUintN(64, big), at);
  }

  private double(value: number): void {
    const at = this.reserve(8, 8);
    this.buffer.writeDoubleLE(value, at);
  }

  private string(value: unknown): void {
    const text = asText(value);
    const size = Buffer.byteLength(text);
    this.integer(4, size);
    const at = this.reserve(1, size + 1);
    this.buffer.write(text, at);
    this.buffer[at + size] = 0;
  }

  private signature(value: unknown): void {
    const text = asText(value);
    if (text.length > 255) throw new RangeError('a D-Bus signature has 255 characters at most');
    const at = this.reserve(1, text.length + 2);
    this.buffer[at] = text.length;
    this.buffer.write(text, at + 1, 'latin1');
    this.buffer[at + 1 + text.length] = 0;
  }

  private variant(value: unknown): void {
    if (!(value instanceof Variant)) throw new TypeError(`${show(value)} is not a Variant`);
    const [type, ...rest] = parseSignature(value.signature);
    if (type === undefined || rest.length > 0) {
      throw new RangeError(`"${value.signature}" is not one complete D-Bus type`);
    }
    this.signature(value.signature);
    this.write(type, value.value);
  }

  private members(type: SignatureType, value: unknown): void {
    if (!Array.isArray(value) || value.length !== type.children.length) {
      throw new TypeError(`a struct of ${type.children.length} members expected, not ${show(value)}`);
    }
    this.reserve(8, 0);
    type.children.forEach((child, index) => this.write(child, value[index]));
  }

  private array(type: SignatureType, value: unknown): void {
    const [element] = type.children;
    if (element === undefined) throw new TypeError('an array without an element type');
    const lengthAt = this.reserve(4, 4);
    this.reserve(element.alignment, 0);
    const start = this.length;
    if (element.code === 'y' && value instanceof Uint8Array) this.raw(value);
    else for (const each of elementsOf(element, value)) this.write(element, each);
    this.buffer.writeUInt32LE(this.length - start, lengthAt);
  }

  private raw(bytes: Uint8Array): void {
    const at = this.reserve(1, bytes.length);
    this.buffer.set(bytes, at);
  }

  /** Pads with zeros to `alignment`, makes room for `size` bytes, and gives their offset. */
  private reserve(alignment: number, size: number): number {
    const at = (this.length + alignment - 1) & ~(alignment - 1);
    const end = at + size;
    if (end > this.buffer.length) {
      const larger = Buffer.alloc(Math.max(end, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    this.length = end;
    return at;
  }
}

function elementsOf(element: SignatureType, value: unknown): readonly unknown[] {
  if (element.code === '{') {
    if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  } else if (Array.isArray(value)) {
    return value as readonly unknown[];
  }
  throw new TypeError(`${show(value)} is not an array of ${element.code}`);
}

function booleanBit(value: unknown): number {
  if (typeof value !== 'boolean') throw new TypeError(`${show(value)} is not a boolean`);
  return value ? 1 : 0;
}

/** A NUL cannot stand in a D-Bus string: the bus would disconnect us for it. */
function asText(value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0'))
    throw new TypeError(`${show(value)} is not a D-Bus string`);
  return value;
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
