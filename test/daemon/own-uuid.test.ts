import { deriveUuid, ownUuid } from '../../src/daemon/own-uuid';

const MACHINE = '00112233445566778899aabbccddeeff';
const UUID = 'd66d6866-2325-406c-83d5-2786b7d6afd1';

describe('R-DBUS-41 own UUID', () => {
  test('check value', () => {
    expect(deriveUuid(`${MACHINE}\n`, undefined)).toBe(UUID);
  });

  test('without a machine id the boot id is the key, dashes or not', () => {
    const bootId = '00112233-4455-6677-8899-aabbccddeeff\n';
    for (const machine of [undefined, '', 'uninitialized\n', '0'.repeat(32), '0011']) {
      expect(deriveUuid(machine, bootId)).toBe(UUID);
    }
    expect(deriveUuid('ffeeddccbbaa99887766554433221100', bootId)).not.toBe(UUID);
    expect(deriveUuid(undefined, 'x')).toBeUndefined();
  });

  test('is a version 4 UUID whatever the id', () => {
    for (let i = 1; i < 50; i++) {
      const uuid = deriveUuid(i.toString(16).padStart(32, '0'), undefined);
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  test('reads the two files, and says what to do when neither holds an id', () => {
    const asked: string[] = [];
    const uuid = ownUuid((path) => {
      asked.push(path);
      if (path === '/etc/machine-id') throw new Error('ENOENT');
      return MACHINE;
    });
    expect(uuid).toBe(UUID);
    expect(asked).toEqual(['/etc/machine-id', '/proc/sys/kernel/random/boot_id']);
    expect(() => ownUuid(() => '')).toThrow('set [mctp] uuid');
  });
});
