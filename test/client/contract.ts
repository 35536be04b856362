import { isMctpError } from '../../src/base/errors';
import { ClientError } from '../../src/client/client-error';
import type { ClosableClient, ReceivedMessage } from '../../src/client/mctp-client';
import { hex } from '../support/vectors';
import { TAG_LIFETIME_MS, failure, text, type Subject } from './bench';

/** What every MctpClient does, told by the rules. A further client joins by handing over its {@link Subject}. */
export function describeClientContract(name: string, start: () => Promise<Subject>): void {
  describe(`${name}: MctpClient`, () => {
    let subject: Subject;
    let client: ClosableClient;
    const heard = async (): Promise<string[]> => {
      await subject.pass(0);
      return subject.nine.heard();
    };

    beforeEach(async () => {
      subject = await start();
      client = await subject.client();
    });
    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
    });

    test('R-API-13, R-API-17, R-API-5 a request and its answer', async () => {
      const handle = await client.req(9);
      expect(await client.send(handle, 1, hex('800002'))).toBe(0);
      expect(await heard()).toEqual(['010908c8' + '01800002']);
      const answer = client.recv(handle, 1000);
      await subject.nine.say('010809c0' + '010000020001');
      expect(await answer).toEqual({
        meta: { msgType: 1, msgIc: false, msgTag: 0, remoteEid: 9, payloadSize: 5 },
        payload: hex('0000020001'),
      });
    });

    test('R-API-14, R-API-26 an incoming request and its response, with IC both ways', async () => {
      const handle = await client.listener(4);
      const request = client.recv(handle, 0);
      await subject.pass(0);
      await subject.nine.say('010809cb' + '84' + '1122');
      expect(await request).toEqual({
        meta: { msgType: 4, msgIc: true, msgTag: 3, remoteEid: 9, payloadSize: 2 },
        payload: hex('1122'),
      });
      expect(await client.send(null, 4, hex('33'), { eid: 9, tag: 3, ic: true })).toBe(3);
      expect(await heard()).toEqual(['010908c3' + '8433']);
    });

    test('R-API-14 a response goes to whom it is told, whether or not he has asked', async () => {
      expect(await client.send(null, 1, hex('aa'), { eid: 9, tag: 5 })).toBe(5);
      expect(await heard()).toEqual(['010908c5' + '01aa']);
    });

    test('R-API-4 every message has bytes of its own', async () => {
      const handle = await client.listener(1);
      await subject.nine.say('010809c8' + '01aa', '010809c9' + '01bb');
      const first = await client.recv(handle, 1000);
      const second = await client.recv(handle, 1000);
      expect([text(first.payload), text(second.payload)]).toEqual(['\xaa', '\xbb']);
      expect(first.payload.buffer).not.toBe(second.payload.buffer);
    });

    test('R-API-24 the longest message both ways', async () => {
      const handle = await client.req(8);
      const listener = await client.listener(1);
      const payload = new Uint8Array(65535).fill(0x5a);
      await client.send(handle, 1, payload);
      expect(Buffer.compare((await client.recv(listener, 1000)).payload, payload)).toBe(0);
      expect(await failure(client.send(handle, 1, new Uint8Array(65536)))).toBe('NoSpace');
    });

    test('R-API-6 errors: name, number, word, text', async () => {
      const error: unknown = await client.recv(77, 0).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ClientError);
      expect(isMctpError(error)).toBe(false);
      expect(error).toMatchObject({
        ...{ name: 'MctpError', code: 5, codeName: 'BadArgument', message: 'MCTP error: bad argument' },
      });
      const late = client.recv(await client.req(9), 10).catch((reason: unknown) => reason);
      await subject.pass(10);
      expect(await late).toMatchObject({ code: 4, codeName: 'TimedOut', message: 'MCTP error: timed out' });
      expect((await late) instanceof ClientError && ((await late) as ClientError).isTimeout()).toBe(true);
    });

    test('R-API-7 a handle means nothing to another client, and no number comes twice', async () => {
      const other = await subject.client();
      const handle = await client.listener(1);
      expect(await failure(other.recv(handle + 100, 0))).toBe('BadArgument');
      await other.dropHandle(handle);
      await subject.nine.say('010809c8' + '01aa');
      expect((await client.recv(handle, 1000)).meta.msgType).toBe(1);
      const seen = new Set<number>();
      for (let i = 0; i < 100; i++) {
        const made = await client.req(9);
        seen.add(made);
        await client.dropHandle(made);
      }
      expect(seen.size).toBe(100);
    });

    test.each([-1, 255, 256, 1.5, NaN, 0])('R-API-10 a request handle for EID %p', async (eid) => {
      expect(await failure(client.req(eid))).toBe('BadArgument');
    });

    test('R-API-10 a request handle sends nothing, and the 65th has no place', async () => {
      for (let i = 0; i < 64; i++) await client.req(9);
      expect(await failure(client.req(9))).toBe('NoSpace');
      expect(await heard()).toEqual([]);
    });

    test('R-API-11 one listener for each type and sender, over all clients; the specific one wins', async () => {
      const other = await subject.client();
      const all = await client.listener(1);
      expect(await failure(other.listener(1))).toBe('AddrInUse');
      if (subject.bindsTypeOnce === true) {
        expect(await failure(other.listener(1, { from: 9 }))).toBe('AddrInUse');
        return;
      }
      const nine = await other.listener(1, { from: 9 });
      expect(await failure(client.listener(1, { from: 9 }))).toBe('AddrInUse');
      await subject.nine.say('010809c8' + '0109');
      await subject.ten.say('01080ac8' + '0110');
      expect((await other.recv(nine, 1000)).meta.remoteEid).toBe(9);
      expect((await client.recv(all, 1000)).meta.remoteEid).toBe(10);
      await other.dropHandle(nine);
      await subject.pass(0);
      await subject.nine.say('010809c9' + '0119');
      expect((await client.recv(all, 1000)).payload).toEqual(hex('19'));
    });

    test.each([
      [-1, undefined],
      [128, undefined],
      [1.5, undefined],
      [1, 0],
      [1, 7],
      [1, 255],
    ])('R-API-11 listener(%p, from %p)', async (type, from) => {
      expect(await failure(client.listener(type, { from }))).toBe('BadArgument');
    });

    test('R-API-11 control is the responder of the stack', async () => {
      expect(await failure(client.listener(0))).toBe('AddrInUse');
    });

    test('R-API-11 the duplicate is told before the want of places', async () => {
      for (let type = 1; type < 128; type++) await client.listener(type);
      if (subject.bindsTypeOnce !== true) await client.listener(1, { from: 9 });
      expect(await failure(client.listener(5))).toBe('AddrInUse');
      if (subject.bindsTypeOnce === true) {
        expect(await failure(client.listener(5, { from: 9 }))).toBe('AddrInUse');
        return;
      }
      expect(await failure(client.listener(5, { from: 9 }))).toBe('NoSpace');
    });

    test('R-API-12 nobody gets a request of another type, a broadcast, or an answer to nothing', async () => {
      const handle = await client.listener(1);
      const late = failure(client.recv(handle, 10));
      await subject.pass(0);
      await subject.nine.say('010809c8' + '02aa', '01ff09c8' + '01aa', '010809c5' + '01aa');
      await subject.pass(10);
      expect(await late).toBe('TimedOut');
    });

    test('R-API-12 an answer of another type is not the answer', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      const answer = client.recv(handle, 1000);
      await subject.pass(0);
      await subject.nine.say('010809c0' + '02bb', '010809c0' + '01cc');
      expect((await answer).payload).toEqual(hex('cc'));
    });

    test('R-API-13 what a request must not have', async () => {
      const handle = await client.req(9);
      for (const options of [{ tag: 0 }, { tag: 9 }, { eid: 10 }, { eid: 300 }]) {
        expect(await failure(client.send(handle, 1, hex('aa'), options))).toBe('BadArgument');
      }
      expect(await failure(client.send(handle, 128, hex('aa')))).toBe('BadArgument');
      expect(await heard()).toEqual([]);
      expect(await failure(client.send(handle, 1, hex('aa'), { eid: 9 }))).toBe('ok');
    });

    test('R-API-14, R-API-15 what a response must have, and no listener sends', async () => {
      const forms = [
        {},
        { eid: 9 },
        { tag: 1 },
        { eid: 9, tag: 8 },
        { eid: 9, tag: -1 },
        { eid: 255, tag: 1 },
      ];
      for (const options of forms) {
        expect(await failure(client.send(null, 1, hex('aa'), options))).toBe('BadArgument');
      }
      const listener = await client.listener(1);
      expect(await failure(client.send(listener, 1, hex('aa')))).toBe('BadArgument');
      expect(await failure(client.send(listener, 1, hex('aa'), { eid: 9 }))).toBe('BadArgument');
      expect(await heard()).toEqual([]);
    });

    test('A.5 no way to the EID is an internal error', async () => {
      expect(await failure(client.send(await client.req(77), 1, hex('aa')))).toBe('InternalError');
      expect(await failure(client.send(null, 1, hex('aa'), { eid: 77, tag: 0 }))).toBe('InternalError');
    });

    test('R-API-17, R-API-31 the oldest first, at once if one waits; the time counts from the call', async () => {
      const handle = await client.listener(1);
      await subject.nine.say('010809c8' + '0101', '010809c9' + '0102');
      await subject.pass(500);
      expect((await client.recv(handle, 1)).payload).toEqual(hex('01'));
      expect((await client.recv(handle, 1)).payload).toEqual(hex('02'));
      let over = false;
      const late = failure(client.recv(handle, 1000)).then((code) => {
        over = true;
        return code;
      });
      await subject.pass(999);
      expect(over).toBe(false);
      await subject.pass(1);
      expect(await late).toBe('TimedOut');
    });

    test('R-API-18 a second recv is refused at once, and the first one goes on', async () => {
      const handle = await client.listener(1);
      const first = client.recv(handle, 0);
      expect(await failure(client.recv(handle, 1))).toBe('AddrInUse');
      await subject.nine.say('010809c8' + '0101');
      expect((await first).payload).toEqual(hex('01'));
    });

    test('R-API-19 a dropped listener: its type is free, its recv is settled, its queue is gone', async () => {
      const handle = await client.listener(1);
      await subject.nine.say('010809c8' + '0101');
      await client.dropHandle(handle);
      expect(await failure(client.recv(handle, 0))).toBe('BadArgument');
      const again = await client.listener(1);
      const pending = failure(client.recv(again, 0));
      await subject.pass(0);
      await client.dropHandle(again);
      expect(await pending).toBe('BadArgument');
    });

    test('R-API-19, R-API-42 a dropped request settles its recv; dropping again, or nothing, is fine', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      const pending = failure(client.recv(handle, 0));
      await client.dropHandle(handle);
      expect(await pending).toBe('BadArgument');
      await client.dropHandle(handle);
      await client.dropHandle(12345);
      expect(await failure(client.send(handle, 1, hex('aa')))).toBe('BadArgument');
    });

    test('R-API-20, R-API-3 our EID: who may change it, and to what', async () => {
      expect(await client.getEid()).toBe(8);
      for (const eid of [0, 7, 255, 256, 8.5]) expect(await failure(client.setEid(eid))).toBe('BadArgument');
      expect(await failure(client.setEid(8))).toBe('ok');
      expect(await failure(client.setEid(9))).toBe('AddrInUse');
      if (subject.kernelOwns === true) {
        expect(await failure(client.setEid(20))).toBe('AddrInUse');
        return;
      }
      const other = await subject.client({ privileged: false });
      expect(await failure(other.setEid(8))).toBe('BadArgument');
      await client.setEid(20);
      expect([await client.getEid(), await other.getEid()]).toEqual([20, 20]);
    });

    test.each([-1, 1.5, 4294967296, NaN])('R-API-30 recv with a time-out of %p ms', async (timeout) => {
      const handle = await client.listener(1);
      expect(await failure(client.recv(handle, timeout))).toBe('BadArgument');
    });

    test('R-API-30 the longest time-out neither ends early nor never', async () => {
      const handle = await client.listener(1);
      const late = failure(client.recv(handle, 4294967295));
      const short = failure(client.recv(await client.req(9), 5));
      await subject.pass(5);
      expect(await short).toBe('TimedOut');
      await subject.pass(4294967289);
      const open = await Promise.race([late, Promise.resolve('waiting')]);
      await subject.pass(1);
      expect([open, await late]).toEqual(['waiting', 'TimedOut']);
    });

    test('R-API-33 consecutive requests do not reuse a tag; the ninth has none', async () => {
      const handles = [];
      for (let i = 0; i < 9; i++) handles.push(await client.req(9));
      const tags = [];
      for (const handle of handles.slice(0, 8)) tags.push(await client.send(handle, 1, hex('aa')));
      expect(tags).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(await failure(client.send(handles[8] ?? 0, 1, hex('aa')))).toBe('NoSpace');
      expect(await failure(client.send(await client.req(10), 1, hex('aa')))).toBe('ok');
    });

    test('R-API-34 the tag of a dropped request rests until 6000 ms after its last packet', async () => {
      const first = await client.req(9);
      await client.send(first, 1, hex('aa'));
      await client.dropHandle(first);
      const second = await client.req(9);
      const use = (): Promise<string> => failure(client.send(second, 1, hex('bb')));
      for (let i = 0; i < 7; i++) expect(await use()).toBe('ok');
      expect(await use()).toBe('NoSpace');
      await subject.pass(TAG_LIFETIME_MS);
      expect(await use()).toBe('ok');
    });

    test('R-API-34 after its tag has expired a request cannot be answered any more', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      await subject.pass(TAG_LIFETIME_MS);
      await subject.nine.say('010809c0' + '01bb');
      expect(await failure(client.recv(handle, 0))).toBe('TimedOut');
    });

    test('R-API-34 a recv that timed out keeps its tag alive no longer', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      const late = failure(client.recv(handle, 100));
      await subject.pass(100);
      expect(await late).toBe('TimedOut');
      await subject.pass(TAG_LIFETIME_MS);
      await subject.nine.say('010809c0' + '01bb');
      expect(await failure(client.recv(handle, 0))).toBe('TimedOut');
    });

    test('R-API-35 whoever waits longer keeps the tag alive', async () => {
      const handle = await client.req(9);
      await client.send(handle, 1, hex('aa'));
      const answer = client.recv(handle, 10_000);
      await subject.pass(9000);
      await subject.nine.say('010809c0' + '01bb');
      expect((await answer).payload).toEqual(hex('bb'));
      const tag = await client.send(handle, 1, hex('aa'));
      const endless: Promise<ReceivedMessage> = client.recv(handle, 0);
      await subject.pass(60_000);
      await subject.nine.say(`010809c${tag}01cc`);
      expect((await endless).payload).toEqual(hex('cc'));
    });

    test('R-API-27 an aborted recv leaves what comes for the next', async () => {
      const handle = await client.listener(1);
      const abort = new AbortController();
      const given = failure(client.recv(handle, 0, { signal: abort.signal }));
      await subject.pass(0);
      abort.abort(new Error('enough'));
      expect(await given).toBe('Error: enough');
      expect(await failure(client.recv(handle, 0, { signal: abort.signal }))).toBe('Error: enough');
      await subject.nine.say('010809c8' + '0101');
      expect((await client.recv(handle, 1000)).payload).toEqual(hex('01'));
    });

    test("R-API-27 a message that crosses the abort is the next one's, and none is lost", async () => {
      const handle = await client.listener(1);
      const taken: string[] = [];
      for (let i = 0; i < 20; i++) {
        const abort = new AbortController();
        const given = client.recv(handle, 0, { signal: abort.signal }).then(
          ({ payload }) => taken.push(text(payload)),
          () => undefined,
        );
        if (i % 2 === 0) await subject.pass(0);
        const said = subject.nine.say(`010809c${(8 + (i % 8)).toString(16)}01${(65 + i).toString(16)}`);
        abort.abort();
        await Promise.all([said, given]);
      }
      while (taken.length < 20) taken.push(text((await client.recv(handle, 1000)).payload));
      expect(taken.join('')).toBe('ABCDEFGHIJKLMNOPQRST');
    });

    test('R-API-38 what a client had is free when it is closed', async () => {
      const other = await subject.client();
      await other.listener(1);
      for (let i = 0; i < 64; i++) await other.req(9);
      const pending = failure(other.recv(await other.listener(2), 0));
      await subject.pass(0);
      await other.close();
      expect(await pending).toBe('BadArgument');
      expect(await failure(other.getEid())).toBe('BadArgument');
      await subject.pass(0);
      expect(await failure(client.listener(1))).toBe('ok');
    });
  });
}
