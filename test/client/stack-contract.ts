import type { IncomingRequest } from '../../src/client/channels';
import { ClientError } from '../../src/client/client-error';
import type { ClosableClient } from '../../src/client/mctp-client';
import { Stack } from '../../src/client/stack';
import { hex } from '../support/vectors';
import { TAG_LIFETIME_MS, failure, tagAfter0, text, type Subject } from './bench';

/** The facade over every MctpClient. */
export function describeStackContract(name: string, start: () => Promise<Subject>): void {
  describe(`${name}: Stack`, () => {
    let subject: Subject;
    let client: ClosableClient;
    let stack: Stack;
    const heard = async (): Promise<string[]> => {
      await subject.pass(0);
      return subject.nine.heard();
    };

    beforeEach(async () => {
      subject = await start();
      client = await subject.client();
      stack = new Stack(client);
    });
    afterEach(async () => {
      await stack.close();
      await subject[Symbol.asyncDispose]();
    });

    test('R-API-23 a request channel: idle, awaiting, idle, each time with a new tag', async () => {
      const channel = await stack.req(9, 1000);
      expect(channel.remoteEid).toBe(9);
      expect(await failure(channel.recv())).toBe('BadArgument');
      const next = tagAfter0(subject);
      for (const tag of [0, next, 2 * next]) {
        await channel.send(1, hex('8000'));
        expect(await heard()).toEqual([`010908${(0xc8 + tag).toString(16)}018000`]);
        expect(await failure(channel.send(1, hex('8000')))).toBe('BadArgument');
        await subject.nine.say(`010809c${tag}01aa`);
        expect((await channel.recv()).payload).toEqual(hex('aa'));
        expect(await failure(channel.recv())).toBe('BadArgument');
      }
    });

    test('R-API-23 a send that fails leaves it idle', async () => {
      const channel = await stack.req(77, 1000);
      expect(await failure(channel.send(1, hex('aa')))).toBe('InternalError');
      expect(await failure(channel.recv())).toBe('BadArgument');
      expect(await failure(channel.send(1, hex('aa')))).toBe('InternalError');
    });

    test('R-API-23, R-API-22 after a time-out it goes on waiting, and cannot send', async () => {
      const channel = await stack.req(9, 500);
      await channel.send(1, hex('aa'));
      await subject.pass(400);
      const late = failure(channel.recv());
      await subject.pass(499);
      await subject.pass(1);
      expect(await late).toBe('TimedOut');
      expect(await failure(channel.send(1, hex('bb')))).toBe('BadArgument');
      await subject.nine.say('010809c0' + '01cc');
      expect((await channel.recv()).payload).toEqual(hex('cc'));
    });

    test('R-API-23, R-API-43 a held channel stays awaiting until its release', async () => {
      const channel = await stack.req(9, 1000, { hold: true });
      await channel.send(4, hex('aa'));
      await subject.nine.say('010809c0' + '8401', '010809c0' + '8402');
      expect((await channel.recv()).payload).toEqual(hex('01'));
      expect(await failure(channel.send(4, hex('bb')))).toBe('BadArgument');
      expect((await channel.recv()).payload).toEqual(hex('02'));
      await channel.release();
      await channel.send(4, hex('bb'));
      expect(await failure((await stack.req(9, 1)).release())).toBe('BadArgument');
    });

    test('R-API-23 a held channel can send again after a time-out and its release', async () => {
      const channel = await stack.req(9, 100, { hold: true });
      await channel.send(4, hex('aa'));
      const late = failure(channel.recv());
      await subject.pass(TAG_LIFETIME_MS);
      expect(await late).toBe('TimedOut');
      expect(await failure(channel.send(4, hex('bb')))).toBe('BadArgument');
      await channel.release();
      expect(await failure(channel.send(4, hex('bb')))).toBe('ok');
    });

    test('R-API-24 sends have no IC unless asked', async () => {
      const channel = await stack.req(9, 1000);
      await channel.send(4, hex('aa'), { ic: true });
      expect(await heard()).toEqual(['010908c8' + '84aa']);
      const listener = await stack.listener(4, 1000);
      await subject.nine.say('010809c9' + '04bb');
      const { resp } = await listener.recv();
      await resp.send(hex('cc'), { ic: true });
      expect(await heard()).toEqual(['010908c1' + '84cc']);
    });

    test('R-API-25, R-API-26 a response: the type and tag of the request, once, also after the listener', async () => {
      const listener = await stack.listener(1, 1000);
      await subject.nine.say('010809cd' + '01aa');
      const { meta, payload, resp } = await listener.recv();
      expect([meta.msgTag, payload, resp.remoteEid]).toEqual([5, hex('aa'), 9]);
      await listener.close();
      await resp.send(hex('bb'));
      expect(await failure(resp.send(hex('bb')))).toBe('BadArgument');
      expect(await heard()).toEqual(['010908c5' + '01bb']);
    });

    test('R-API-25 a response that failed can be sent again, unless it may have left', async () => {
      const listener = await stack.listener(1, 1000);
      await subject.nine.say('010809cd' + '01aa');
      const { resp } = await listener.recv();
      const send = jest.spyOn(client, 'send');
      for (const reason of ['NoSpace', 'ServerRestarted'] as const) {
        send.mockRejectedValueOnce(new ClientError(reason));
        expect(await failure(resp.send(hex('bb')))).toBe(reason);
      }
      expect(await failure(resp.send(hex('bb')))).toBe('BadArgument');
      expect(await heard()).toEqual([]);
    });

    test('R-API-22 setTimeout is for later recvs', async () => {
      const listener = await stack.listener(1, 0);
      listener.setTimeout(50);
      const late = failure(listener.recv());
      await subject.pass(50);
      expect(await late).toBe('TimedOut');
      expect(() => listener.setTimeout(-1)).toThrow('MCTP error: bad argument');
      expect(await failure(stack.listener(2, 1.5))).toBe('BadArgument');
      expect(await failure(stack.req(9, 4294967296))).toBe('BadArgument');
    });

    test('R-API-27 a listener is an iterable that ends when it is closed', async () => {
      const listener = await stack.listener(1, 0);
      const seen: string[] = [];
      const loop = (async () => {
        for await (const { payload, resp } of listener) {
          seen.push(text(payload));
          await resp.send(payload);
        }
      })();
      const answers = await subject.nine.say('010809c8' + '0141', '010809c9' + '0142');
      expect([...answers, ...(await heard())]).toEqual(['010908c0' + '0141', '010908c1' + '0142']);
      await listener.close();
      await loop;
      expect(seen).toEqual(['A', 'B']);
      for await (const late of listener) throw new Error(text(late.payload));
    });

    test('R-API-27 an iteration ends with an error when its time is up', async () => {
      const listener = await stack.listener(1, 50);
      const next = failure(listener[Symbol.asyncIterator]().next());
      await subject.pass(50);
      expect(await next).toBe('TimedOut');
    });

    test('R-API-27 recv of a listener takes a signal', async () => {
      const listener = await stack.listener(1, 0);
      const abort = new AbortController();
      const given = failure(listener.recv({ signal: abort.signal }));
      await subject.pass(0);
      abort.abort(new Error('enough'));
      expect(await given).toBe('Error: enough');
      await subject.nine.say('010809c8' + '0141');
      expect(text((await listener.recv()).payload)).toBe('A');
    });

    test('R-API-40 close settles a recv, drops once, and ends the channel', async () => {
      const dropped = jest.spyOn(client, 'dropHandle');
      const listener = await stack.listener(1, 0);
      const pending = failure(listener.recv());
      await subject.pass(0);
      await Promise.all([listener.close(), listener.close()]);
      await listener.close();
      expect(await pending).toBe('BadArgument');
      expect(dropped).toHaveBeenCalledTimes(1);
      expect(await failure(listener.recv())).toBe('BadArgument');
      expect(() => listener.setTimeout(50)).toThrow('MCTP error: bad argument');
      const channel = await stack.req(9, 0);
      await channel.close();
      expect(await failure(channel.send(1, hex('aa')))).toBe('BadArgument');
      expect(await failure(channel.recv())).toBe('BadArgument');
      expect(await failure(channel.release())).toBe('BadArgument');
      expect(dropped).toHaveBeenCalledTimes(2);
    });

    test('R-API-39 await using, using and close are the same', async () => {
      const dropped = jest.spyOn(client, 'dropHandle');
      {
        await using listener = await stack.listener(1, 0);
        using channel = await stack.req(9, 0);
        expect([listener, channel].length).toBe(2);
      }
      expect(dropped).toHaveBeenCalledTimes(2);
      expect(await failure(stack.listener(1, 0))).toBe('ok');
    });

    test('R-API-40 the stack closes its open channels, and only a client of its own', async () => {
      const closed = jest.spyOn(client, 'close');
      const listener = await stack.listener(1, 0);
      const pending = failure(listener.recv());
      await subject.pass(0);
      await stack.close();
      expect(await pending).toBe('BadArgument');
      expect(await failure(stack.req(9, 0))).toBe('BadArgument');
      expect(await failure(stack.getEid())).toBe('BadArgument');
      expect(closed).not.toHaveBeenCalled();
      {
        await using own = await Stack.create(() => Promise.resolve(client));
        expect(await own.getEid()).toBe(8);
        await own.setEid(8);
      }
      expect(closed).toHaveBeenCalledTimes(1);
    });

    test('R-API-40 a channel that comes up while the stack is closed is closed as well', async () => {
      const late = failure(stack.listener(1, 0));
      await stack.close();
      expect(await late).toBe('BadArgument');
      await subject.pass(0);
      expect(await failure(client.listener(1))).toBe('ok');
    });

    test('R-API-1 two stacks talk to each other over a local EID', async () => {
      const other = new Stack(await subject.client());
      const listener = await stack.listener(1, 0);
      const asked: Promise<IncomingRequest> = listener.recv();
      const channel = await other.req(8, 1000);
      await channel.send(1, hex('0102'));
      const { payload, resp } = await asked;
      await resp.send(Uint8Array.from(payload).reverse());
      expect((await channel.recv()).payload).toEqual(hex('0201'));
      await other.close();
    });
  });
}
