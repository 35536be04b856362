import { MessageStore } from '../../src/core/message-store';
import { pattern } from './fake-binding';

test.each([1, 511, 512, 513, 4096, 8192, 8193, 65536])(
  'a copy of %i bytes is exact and stays so',
  (length) => {
    const store = new MessageStore();
    const source = pattern(length + 4);
    const expected = source.slice(4);
    const copies = Array.from({ length: 12 }, () => store.copy(source, 4, length));
    source.fill(0);
    for (const copy of copies) expect(Buffer.compare(copy, expected)).toBe(0);
    copies[0]?.fill(0xee);
    expect(Buffer.compare(copies[1] ?? source, expected)).toBe(0);
  },
);
