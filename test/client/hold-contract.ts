import type { ClosableClient } from '../../src/client/mctp-client';
import { hex } from '../support/vectors';
import { TAG_LIFETIME_MS, failure, tagAfter0, type Subject } from './bench';

/** Held requests (R-API-43), for every MctpClient. */
export function describeHold(name: string, start: () => Promise<Subject>): void {
  describe(`${name}: held requests`, () => {
    let subject: Subject;
    let client: ClosableClient;
    let handle: number;

    beforeEach(async () => {
      subject = await start();
      client = await subject.client();
      handle = await client.req(9, { hold: true });
    });
    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
    });

    /** How many more tags towards EID 9 can be had. */
    async function freeTags(): Promise<number> {
      let count = 0;
      while ((await failure(client.send(await client.req(9), 1, hex('ff')))) === 'ok') count++;
      return count;
    }

    test('R-API-43 responses do not end it, and each packet moves its deadline on', async () => {
      await client.send(handle, 4, hex('aa'));
      for (const last of ['01', '02', '03']) {
        await subject.pass(5000);
        await subject.nine.say(`010809c0 04 ${last}`);
        expect((await client.recv(handle, 1000)).payload).toEqual(hex(last));
      }
    });

    test('R-API-43 release: the tag is free at once, what was not received is gone', async () => {
      await client.send(handle, 4, hex('aa'));
      await subject.nine.say('010809c0' + '0401', '010809c0' + '0402');
      expect((await client.recv(handle, 1000)).payload).toEqual(hex('01'));
      await client.release(handle);
      const tag = await client.send(handle, 4, hex('bb'));
      expect(tag).toBe(tagAfter0(subject));
      const late = tag === 0 ? [] : ['010809c0' + '0403'];
      await subject.nine.say(...late, `010809c${tag}0404`);
      expect((await client.recv(handle, 1000)).payload).toEqual(hex('04'));
      await client.release(handle);
      expect(await freeTags()).toBe(8);
    });

    test('R-API-43 release settles a pending recv, and does nothing in idle', async () => {
      expect(await failure(client.release(handle))).toBe('ok');
      await client.send(handle, 4, hex('aa'));
      const pending = failure(client.recv(handle, 0));
      await subject.pass(0);
      await client.release(handle);
      expect(await pending).toBe('BadArgument');
      expect(await failure(client.release(handle))).toBe('ok');
    });

    test('R-API-43 not: send while it is open, release without hold, release of what is no request', async () => {
      await client.send(handle, 4, hex('aa'));
      expect(await failure(client.send(handle, 4, hex('bb')))).toBe('BadArgument');
      expect(await failure(client.release(await client.req(9)))).toBe('BadArgument');
      expect(await failure(client.release(await client.listener(1)))).toBe('BadArgument');
      expect(await failure(client.release(999))).toBe('BadArgument');
    });

    test('R-API-43 a drop quarantines the tag although it was answered; its deadline frees it', async () => {
      await client.send(handle, 4, hex('aa'));
      await subject.nine.say('010809c0' + '0401');
      await client.recv(handle, 1000);
      await client.dropHandle(handle);
      expect(await freeTags()).toBe(7);
      await subject.pass(TAG_LIFETIME_MS);
      expect(await failure(client.send(await client.req(9), 1, hex('ff')))).toBe('ok');
    });

    test('R-API-43 the deadline ends it without release', async () => {
      await client.send(handle, 4, hex('aa'));
      await subject.nine.say('010809c0' + '0401');
      await client.recv(handle, 1000);
      await subject.pass(TAG_LIFETIME_MS);
      await subject.nine.say('010809c0' + '0402');
      expect(await failure(client.recv(handle, 1000))).toBe('TimedOut');
      expect(await client.send(handle, 4, hex('bb'))).toBe(tagAfter0(subject));
    });
  });
}
