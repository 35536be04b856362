import { MctpError } from '../../src/base/errors';
import { getEndpointId } from '../../src/control/commands/get-endpoint-id';
import { getEndpointUuid } from '../../src/control/commands/get-endpoint-uuid';
import { ControlRequester } from '../../src/control/requester';
import { TestClock, idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { FakeNet, link } from './fake-net';
import { GOOD, answer, answering, eid, header, setup } from './requester-setup';

describe('order and concurrency (design decision D-7)', () => {
  test('one address: in the order of the calls; a retry of the first comes before the second', async () => {
    const { clock, net, requester, at, probe } = setup();
    net.peer = (request, { attempt }) =>
      request[2] === 2 && attempt === 1
        ? []
        : [{ at: 5, bytes: answer(request, request[2] === 2 ? GOOD : '03 05') }];
    const first = probe();
    const second = requester.request(at(0x1d), getEndpointUuid, {}).catch((error: unknown) => error);
    await clock.settle(Promise.all([first, second]));
    expect(net.sent.map(({ message, at: when }) => [message[2], header(message), when])).toEqual([
      [2, 0x80, 0],
      [2, 0x80, 250],
      [3, 0x81, 255],
    ]);
  });

  test('different addresses run at once, and a dead one delays nobody', async () => {
    const { clock, net, probe } = setup();
    net.peer = (request, { destination }) =>
      destination.kind === 'physical' && destination.address[0] === 0x40
        ? []
        : [{ at: 5, bytes: answer(request, GOOD) }];
    const dead = probe(0x40).catch((error: unknown) => error);
    await clock.settle(Promise.all(Array.from({ length: 10 }, (_, i) => probe(0x50 + i))));
    expect(clock.now()).toBe(5);
    await clock.settle(dead);
  });

  test('no more than the window on the air; the silent leave it after 50 ms', async () => {
    const { clock, net, probe } = setup();
    net.peer = (request, { destination }) =>
      destination.kind === 'physical' && (destination.address[0] ?? 0) < 16
        ? []
        : [{ at: 5, bytes: answer(request, GOOD) }];
    const dead = Array.from({ length: 16 }, (_, i) => probe(i).catch((error: unknown) => error));
    const live = Array.from({ length: 20 }, (_, i) => probe(0x20 + i));
    await idle();
    expect(net.sent).toHaveLength(16);
    await clock.settle(Promise.all(live));
    expect(clock.now()).toBe(60);
    await clock.settle(Promise.all(dead));
    expect(clock.now()).toBe(1000);
    expect(clock.timers).toBe(0);
  });

  test('each link has its own window, given back when a request fails to be sent', async () => {
    const { clock, net, requester, probe, failure } = setup({}, { windowSize: 1 });
    net.linkList = [link(), link({ index: 2 })];
    net.sendError = ({ destination }) =>
      destination.kind === 'physical' && destination.link === 1
        ? new MctpError('link-down', 'down')
        : undefined;
    expect(await failure(probe(1))).toMatchObject({ code: 'link-down' });
    expect(await failure(probe(2))).toMatchObject({ code: 'link-down' });
    net.peer = answering(GOOD);
    const other = { kind: 'physical', link: 2, address: Uint8Array.of(1) } as const;
    await expect(clock.settle(requester.request(other, getEndpointId, {}))).resolves.toMatchObject({
      eid: 9,
    });
  });
});

describe('a deaf peer on a point-to-point link', () => {
  test('is woken before the retry that follows two timeouts in a row', async () => {
    const { net, probe, failure } = setup({ pointToPoint: true });
    await failure(probe());
    expect(net.nudges).toEqual([{ link: 1, at: 500 }]);
    await failure(probe());
    expect(net.nudges.map(({ at }) => at)).toEqual([500, 1000, 1500]);
  });

  test('single-attempt probes count, an answer starts the count again', async () => {
    const { clock, net, probe, failure } = setup({ pointToPoint: true });
    await failure(probe(0x1d, { attempts: 1 }));
    net.peer = answering('02 04');
    await failure(probe(0x1d, { attempts: 1 }));
    net.peer = () => [];
    await failure(probe(0x1d, { attempts: 1 }));
    await failure(probe(0x1d, { attempts: 1 }));
    expect(net.nudges).toEqual([]);
    net.peer = answering(GOOD);
    await clock.settle(probe());
    expect(net.nudges).toEqual([{ link: 1, at: 1000 }]);
  });

  test('on a shared bus nobody is woken; a removed link is forgotten', async () => {
    const shared = setup();
    await shared.failure(shared.probe());
    expect(shared.net.nudges).toEqual([]);
    const { net, probe, failure } = setup({ pointToPoint: true });
    await failure(probe(0x1d, { attempts: 2 }));
    const gone = net.linkList[0];
    if (gone !== undefined) net.events.emit({ kind: 'link-removed', link: gone });
    await failure(probe(0x1d, { attempts: 1 }));
    expect(net.nudges).toEqual([]);
  });
});

describe('a kernel tag that ended with a wrong answer: the rest of the attempt is waited out', () => {
  async function resting() {
    const parts = setup({ backend: 'kernel' });
    parts.net.peer = (request) => [{ at: 5, bytes: answer(request, '03 00') }];
    const call = parts.probe(0x1d, { timeoutMs: 60_000, attempts: 1 }).catch((error: unknown) => error);
    await parts.clock.advance(100);
    return { ...parts, call };
  }

  test('D-11 but not when the net was closed', async () => {
    const { clock, net, requester, call } = await resting();
    expect(clock.timers).toBe(1);
    net.linkList = [];
    requester.close();
    expect(clock.timers).toBe(0);
    expect(await call).toBeInstanceOf(MctpError);
    expect(clock.now()).toBe(100);
  });

  test('R-DISC-123 nor when the link was removed', async () => {
    const { clock, net, call } = await resting();
    const [gone] = net.linkList.splice(0);
    if (gone !== undefined) net.events.emit({ kind: 'link-removed', link: gone });
    expect(clock.timers).toBe(0);
    expect(await call).toBeInstanceOf(MctpError);
    expect(clock.now()).toBe(100);
  });

  test('R-DISC-11 otherwise the attempt keeps its length', async () => {
    const { clock, call } = await resting();
    await clock.settle(call);
    expect(clock.now()).toBe(60_000);
  });
});

describe('R-DBUS-54 statistics', () => {
  test('requests, those unanswered, the last error and the round trip', async () => {
    const { clock, net, requester, at, probe, failure } = setup();
    expect(requester.statistics(at(0x1d))).toEqual({
      requests: 0,
      timeouts: 0,
      lastError: '',
      roundTripMicroseconds: 0,
    });
    net.peer = answering(GOOD, 7.25);
    await clock.settle(probe());
    net.peer = () => [];
    await failure(probe());
    expect(requester.statistics(at(0x1d))).toEqual({
      requests: 2,
      timeouts: 1,
      lastError: 'no response to Get Endpoint ID',
      roundTripMicroseconds: 7250,
    });
    expect(requester.statistics(at(0x1d), eid(9)).requests).toBe(2);
  });

  test('forget starts them anew, while the instance ID counts on', async () => {
    const { clock, net, requester, at, probe, failure } = setup();
    await failure(probe());
    requester.forget(at(0x1d));
    expect(requester.statistics(at(0x1d))).toMatchObject({ requests: 0, timeouts: 0, lastError: '' });
    net.peer = answering(GOOD);
    await clock.settle(probe());
    expect(header(net.sent.at(-1)?.message ?? hex(''))).toBe(0x81);
    requester.forget(at(0x77));
    expect(requester.statistics(at(0x77)).requests).toBe(0);
  });

  test('remembers a bounded number of destinations', async () => {
    const { clock, net, requester, at, probe } = setup({}, { targetLimit: 4 });
    net.peer = answering(GOOD);
    for (let address = 0; address < 20; address++) await clock.settle(probe(address));
    const known = Array.from({ length: 20 }, (_, i) => requester.statistics(at(i)).requests);
    expect(known.reduce((sum, each) => sum + each, 0)).toBe(4);
  });

  test('close stops listening to the links', () => {
    const clock = new TestClock();
    const net = new FakeNet(clock);
    const unsubscribe = jest.fn();
    jest.spyOn(net, 'on').mockReturnValue({ unsubscribe });
    new ControlRequester({ net, clock }).close();
    expect(unsubscribe).toHaveBeenCalledTimes(1);
  });
});
