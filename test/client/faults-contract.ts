import type { ClosableClient } from '../../src/client/mctp-client';
import { hex } from '../support/vectors';
import { TAG_LIFETIME_MS, failure, text, type Subject } from './bench';

/** The six faults of the reference implementation (A.6), none of which any MctpClient has. */
export function describeFaults(name: string, start: () => Promise<Subject>): void {
  describe(`${name}: faults of the reference`, () => {
    let subject: Subject;
    let client: ClosableClient;

    beforeEach(async () => {
      subject = await start();
      client = await subject.client();
    });
    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
    });

    test('R-API-18 fault 1: no pending recv is forgotten, however many there are', async () => {
      const late: Promise<string>[] = [];
      for (let type = 1; type <= 60; type++)
        late.push(failure(client.recv(await client.listener(type), 100)));
      for (let i = 0; i < 60; i++) late.push(failure(client.recv(await client.req(9), 100)));
      await subject.pass(100);
      expect(await Promise.all(late)).toEqual(Array.from({ length: 120 }, () => 'TimedOut'));
    });

    test('R-API-4 fault 2: messages for two handles in one turn stay apart', async () => {
      const pending = [];
      for (const type of [1, 2]) pending.push(client.recv(await client.listener(type), 1000));
      await subject.pass(0);
      await subject.nine.say('010809c8' + '01414141', '010809c9' + '024242');
      expect((await Promise.all(pending)).map(({ payload }) => text(payload))).toEqual(['AAA', 'BB']);
    });

    test('R-API-4 fault 3: no message is too long for the one who receives it', async () => {
      const listener = await client.listener(1);
      const payload = new Uint8Array(5000).fill(7);
      await client.send(await client.req(8), 1, payload);
      const got = await client.recv(listener, 1000);
      expect([got.meta.payloadSize, got.payload.length]).toEqual([5000, 5000]);
    });

    test('R-API-34 fault 4: a late answer to a dropped request reaches no other handle', async () => {
      const first = await client.req(9);
      expect(await client.send(first, 1, hex('aa'))).toBe(0);
      await client.dropHandle(first);
      const second = await client.req(9);
      expect(await client.send(second, 1, hex('bb'))).toBe(1);
      const late = failure(client.recv(second, 100));
      await subject.pass(0);
      await subject.nine.say('010809c0' + '01dd');
      await subject.pass(100);
      expect(await late).toBe('TimedOut');
    });

    test('R-API-17 fault 5: a late answer to the first request is not that to the second', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      const late = failure(client.recv(handle, 100));
      await subject.pass(100);
      expect(await late).toBe('TimedOut');
      await client.send(handle, 1, hex('bb'));
      await subject.nine.say('010809c0' + '0101', '010809c1' + '0102');
      expect((await client.recv(handle, 1000)).payload).toEqual(hex('02'));
    });

    test('R-API-17 fault 5: an unread answer to the first request is gone with the second', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      await subject.nine.say('010809c0' + '0101');
      const tag = await client.send(handle, 1, hex('bb'));
      await subject.nine.say(`010809c${tag}0102`);
      expect((await client.recv(handle, 1000)).payload).toEqual(hex('02'));
    });

    test('R-API-19 fault 6: unread messages stop nobody; the oldest 16 are kept', async () => {
      const lazy = await client.listener(1);
      for (let i = 0; i < 40; i++) {
        await subject.nine.say(`010809c${(8 + (i % 8)).toString(16)}01${i.toString(16).padStart(2, '0')}`);
      }
      const busy = await client.listener(2);
      await subject.nine.say('010809c8' + '02ff');
      expect((await client.recv(busy, 1000)).payload).toEqual(hex('ff'));
      const kept = [];
      for (let i = 0; i < 16; i++) kept.push((await client.recv(lazy, 1000)).payload[0]);
      expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
      const late = failure(client.recv(lazy, 10));
      await subject.pass(TAG_LIFETIME_MS);
      expect(await late).toBe('TimedOut');
    });
  });
}
