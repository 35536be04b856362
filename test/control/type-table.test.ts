import { isMctpError, type ErrorCode } from '../../src/base/errors';
import { TypeTable } from '../../src/control/type-table';
import { hex } from '../support/vectors';

const V11 = [hex('f1f1ff00')];

function codeOf(action: () => void): ErrorCode | 'none' | 'other' {
  try {
    action();
    return 'none';
  } catch (error) {
    return isMctpError(error) ? error.code : 'other';
  }
}

describe('TypeTable', () => {
  test.each([0x00, 0x7e, 0x7f, 0x80, 0xff, -1, 1.5])('R-DBUS-9 type %d is refused', (type) => {
    expect(codeOf(() => new TypeTable().registerType('a', type, V11))).toBe('invalid-message-type');
  });

  test.each([0x01, 0x7d])('R-DBUS-9 type %d is accepted, once in the whole daemon', (type) => {
    const table = new TypeTable();
    table.registerType('a', type, V11);
    expect(table.types()).toEqual([0, type]);
    expect(codeOf(() => table.registerType('b', type, V11))).toBe('type-already-registered');
  });

  test('R-DBUS-9 checks run in the order: type range, emptiness, duplicate', () => {
    const table = new TypeTable();
    table.registerType('a', 1, V11);
    expect(codeOf(() => table.registerType('a', 0, []))).toBe('invalid-message-type');
    expect(codeOf(() => table.registerType('a', 1, []))).toBe('no-versions');
    expect(codeOf(() => table.registerType('a', 1, [hex('f1')]))).toBe('type-already-registered');
    expect(codeOf(() => table.registerType('a', 2, [hex('f1')]))).toBe('invalid-arguments');
  });

  test('R-DBUS-11 vendor formats, ranges and uniqueness of the triple', () => {
    const table = new TypeTable();
    const add = (format: number, vendor: number, subtype: number) => (): void =>
      table.registerVendorType('a', { format, vendor, subtype });
    expect(codeOf(add(2, 1, 1))).toBe('bad-vendor-format');
    expect(codeOf(add(0, 0x10000, 1))).toBe('bad-vendor-variant');
    expect(codeOf(add(1, 0x10000, 1))).toBe('none');
    expect(codeOf(add(1, 0x10000, 1))).toBe('vendor-type-already-registered');
    expect(codeOf(add(1, 0x10000, 2))).toBe('none');
    expect(codeOf(add(0, 0x1000, 2))).toBe('none');
    expect(codeOf(add(0, 0x1000, 0x10000))).toBe('bad-vendor-variant');
    expect(table.types()).toEqual([0, 0x7e, 0x7f]);
  });

  test('R-DBUS-11 the 256th vendor type is refused', () => {
    const table = new TypeTable();
    for (let subtype = 0; subtype < 255; subtype++) {
      table.registerVendorType('a', { format: 0, vendor: 1, subtype });
    }
    const one = (): void => table.registerVendorType('b', { format: 0, vendor: 1, subtype: 255 });
    expect(codeOf(one)).toBe('too-many-vendor-types');
    table.removeOwner('a');
    expect(codeOf(one)).toBe('none');
  });

  test('R-DBUS-12 removal takes all of an owner and moves the last entry into the freed slot', () => {
    const table = new TypeTable();
    const owners = ['a', 'b', 'a', 'c', 'b', 'a'];
    owners.forEach((owner, index) => table.registerType(owner, index + 1, V11));
    table.removeOwner('a');
    expect(table.types()).toEqual([0, 5, 2, 4]);
    table.removeOwner('nobody');
    expect(table.types()).toEqual([0, 5, 2, 4]);
    table.removeOwner('b');
    table.removeOwner('c');
    expect(table.types()).toEqual([0]);
  });

  test('versions are copied, and kept per type', () => {
    const table = new TypeTable();
    const version = hex('f1f1ff00');
    table.registerType('a', 1, [version]);
    version.fill(0);
    expect(table.versions(1)).toEqual([hex('f1f1ff00')]);
    expect(table.versions(0x7e)).toBeUndefined();
    expect(table.versions(0xff)).toEqual(table.versions(0));
  });
});
