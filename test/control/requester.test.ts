import fc from 'fast-check';
import { MctpError, isMctpError } from '../../src/base/errors';
import { getMessageTypeSupport } from '../../src/control/commands/get-message-type-support';
import { getEndpointId } from '../../src/control/commands/get-endpoint-id';
import { judgeResponse } from '../../src/control/response';
import { hex } from '../support/vectors';
import { GOOD, answer, answering, eid, header, setup } from './requester-setup';

describe('requests', () => {
  test('R-DISC-10 header and R-DISC-14 answer, longer accepted', async () => {
    const { clock, net, probe } = setup();
    net.peer = answering(`${GOOD} ff`);
    const response = await clock.settle(probe());
    expect(response).toEqual({ eid: 9, endpointType: 0, eidType: 2, mediumSpecific: 0 });
    expect(net.sent[0]?.message).toEqual(hex('00 80 02'));
    expect(clock.now()).toBe(5);
    expect(clock.timers).toBe(0);
    expect(net.released).toHaveLength(1);
  });

  test('R-DISC-10 instance IDs count per physical address and per routed EID', async () => {
    const { clock, net, requester, at, probe } = setup();
    net.peer = answering(GOOD);
    for (let i = 0; i < 34; i++) await clock.settle(probe());
    expect(net.sent.map(({ message }) => header(message) & 0x1f).slice(30)).toEqual([30, 31, 0, 1]);
    await clock.settle(requester.request(at(0x20), getEndpointId, {}));
    await clock.settle(requester.request(eid(9), getEndpointId, {}));
    await clock.settle(requester.request(eid(9), getEndpointId, {}));
    expect(net.sent.slice(34).map(({ message }) => header(message))).toEqual([0x80, 0x80, 0x81]);
  });

  test('R-DISC-11 four attempts of 250 ms under one instance ID and one exchange, then no-response', async () => {
    const { clock, net, probe, failure } = setup();
    const error = await failure(probe());
    expect(error).toMatchObject({
      code: 'no-response',
      context: { operation: 'Get Endpoint ID', link: 'sim0' },
    });
    expect(net.sent.map(({ at, attempt }) => [at, attempt])).toEqual([
      [0, 1],
      [250, 2],
      [500, 3],
      [750, 4],
    ]);
    expect(new Set(net.sent.map(({ message }) => header(message)))).toEqual(new Set([0x80]));
    expect(clock.now()).toBe(1000);
    expect(net.released).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test('R-DISC-11 360 ms on PCIe VDM, and the timing function over it', async () => {
    const pcie = setup({ physicalBinding: 2 });
    await pcie.failure(pcie.probe());
    expect(pcie.clock.now()).toBe(1440);
    const asked: unknown[] = [];
    const timing = (index: number | undefined) => {
      asked.push(index);
      return { timeoutMs: 100, attempts: 3 };
    };
    const own = setup({}, { timing });
    await own.failure(own.probe());
    expect(own.clock.now()).toBe(300);
    expect(asked).toEqual([1]);
  });

  test('R-DISC-11 the caller may ask for exactly one attempt, or another wait', async () => {
    const { clock, net, probe, failure } = setup();
    await failure(probe(0x1d, { attempts: 1, timeoutMs: 70 }));
    expect([clock.now(), net.sent.length]).toEqual([70, 1]);
  });

  test('R-DISC-11 a send error ends the command, first or retry', async () => {
    const { clock, net, probe, failure } = setup();
    net.sendError = () => new MctpError('link-down', 'link is down', { link: 'sim0' });
    expect(await failure(probe())).toMatchObject({
      code: 'link-down',
      context: { link: 'sim0', operation: 'Get Endpoint ID' },
    });
    net.sendError = ({ attempt }) => (attempt === 2 ? new MctpError('send-failed', 'no ACK') : undefined);
    expect(await failure(probe())).toMatchObject({ code: 'send-failed' });
    expect([clock.now(), net.sent.length]).toEqual([250, 1]);
    expect(net.released).toHaveLength(1);
  });

  test('a late answer to an earlier attempt counts', async () => {
    const { clock, net, probe } = setup();
    net.peer = (request, { attempt }) => (attempt === 1 ? [{ at: 400, bytes: answer(request, GOOD) }] : []);
    await expect(clock.settle(probe())).resolves.toMatchObject({ eid: 9 });
    expect([clock.now(), net.sent.length]).toEqual([400, 2]);
  });
});

describe('what comes back', () => {
  test.each([
    ['R-DISC-14 short of the header', '02', 'bad-response'],
    ['R-DISC-14 short of its fields', '02 00 09 02', 'bad-response'],
    ['R-DISC-15 completion code 0x01', '02 01', 'refused'],
    ['R-DISC-15 completion code 0x05, read no further', '02 05 09 02 00', 'refused'],
    ['R-DISC-15 a reserved completion code', '02 42', 'refused'],
  ])('%s', async (_name, text, code) => {
    const { clock, net, probe, failure } = setup();
    net.peer = answering(text);
    expect(await failure(probe())).toMatchObject({ code });
    expect([clock.now(), net.sent.length]).toEqual([5, 1]);
    expect(clock.timers).toBe(0);
  });

  test('R-DISC-15 refused carries the completion code', async () => {
    const { net, probe, failure } = setup();
    net.peer = answering('02 05');
    expect(await failure(probe())).toMatchObject({
      context: { completionCode: 5, physicalAddress: hex('1d') },
    });
  });

  test.each([
    ['instance ID', hex('00 1e 02 00 09 02 00')],
    ['command', hex('00 00 03 00 09 02 00')],
    ['message type', hex('01 00 02 00 09 02 00')],
  ])('R-DISC-16 a wrong %s is dropped, and the right answer still counts', async (_name, wrong) => {
    const { clock, net, probe } = setup();
    net.peer = (request) => [
      { at: 5, bytes: wrong },
      { at: 200, bytes: answer(request, GOOD) },
    ];
    await expect(clock.settle(probe())).resolves.toMatchObject({ eid: 9 });
    expect([clock.now(), net.sent.length]).toEqual([200, 1]);
  });

  test('R-DISC-16 a late answer to an earlier command ends nothing: the next attempt may be answered', async () => {
    const { clock, net, probe } = setup();
    net.peer = (request, { attempt }) => [
      { at: 5, bytes: attempt === 1 ? hex('00 1e 02 00 09 02 00') : answer(request, GOOD) },
    ];
    await expect(clock.settle(probe())).resolves.toMatchObject({ eid: 9 });
    expect([clock.now(), net.sent.length]).toEqual([255, 2]);
  });

  test('R-DISC-16 nothing better in any attempt: stray-response, which is no silence', async () => {
    const { clock, net, probe, failure } = setup();
    net.peer = (_request, { attempt }) =>
      attempt === 2 ? [{ at: 5, bytes: hex('00 1e 02 00 09 02 00') }] : [];
    expect(await failure(probe())).toMatchObject({ code: 'stray-response' });
    expect([clock.now(), net.sent.length]).toEqual([1000, 4]);
  });

  test('R-DISC-17 NOT_READY repeats the command up to the same total, then refused', async () => {
    const { clock, net, probe, failure } = setup();
    net.peer = answering('02 04');
    expect(await failure(probe())).toMatchObject({ code: 'refused', context: { completionCode: 4 } });
    expect(net.sent.map(({ at }) => at)).toEqual([0, 250, 500, 750]);
    expect(new Set(net.sent.map(({ message }) => header(message))).size).toBe(1);
    expect(clock.now()).toBe(1000);
  });

  test('R-DISC-17 NOT_READY and then ready', async () => {
    const { clock, net, probe } = setup();
    net.peer = (request, { attempt }) => [{ at: 5, bytes: answer(request, attempt < 3 ? '02 04' : GOOD) }];
    await expect(clock.settle(probe())).resolves.toMatchObject({ eid: 9 });
    expect(clock.now()).toBe(505);
  });

  test('R-DISC-17 NOT_READY and then silence is no silence', async () => {
    const { net, probe, failure } = setup();
    net.peer = (request, { attempt }) => (attempt === 1 ? [{ at: 5, bytes: answer(request, '02 04') }] : []);
    expect(await failure(probe())).toMatchObject({ code: 'refused' });
    expect(net.sent).toHaveLength(4);
  });

  test('a kernel tag ends with its first response: the next attempt takes a new one, same instance ID', async () => {
    const { clock, net, probe } = setup({ backend: 'kernel' });
    let asked = 0;
    net.peer = (request) => [{ at: 5, bytes: answer(request, ++asked < 3 ? '02 04' : GOOD) }];
    await expect(clock.settle(probe())).resolves.toMatchObject({ eid: 9 });
    expect(net.sent.map(({ hold, attempt, at }) => [hold, attempt, at])).toEqual([
      [false, 1, 0],
      [false, 1, 250],
      [false, 1, 500],
    ]);
    expect(new Set(net.sent.map(({ message }) => header(message))).size).toBe(1);
    expect(net.released.length).toBe(3);
    expect(clock.timers).toBe(0);
  });

  test('R-DISC-40 trailing bytes on request only', async () => {
    const { clock, net, requester, failure } = setup();
    net.peer = answering('05 00 01 05 00');
    expect(await failure(requester.request(eid(9), getMessageTypeSupport, {}))).toMatchObject({
      code: 'bad-response',
    });
    const padded = requester.request(eid(9), getMessageTypeSupport, {}, { allowTrailing: true });
    await expect(clock.settle(padded)).resolves.toEqual({ types: [5] });
  });

  test('random answers end in a value or an MctpError, in time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1200 }), fc.uint8Array({ maxLength: 70 })), {
          maxLength: 6,
        }),
        fc.boolean(),
        async (answers, plausible) => {
          const { clock, net, probe } = setup();
          net.peer = (_request, { attempt }) =>
            attempt > 1
              ? []
              : answers.map(([at, bytes]) => ({
                  at,
                  bytes: plausible ? Uint8Array.of(0, 0, 2, ...bytes) : bytes,
                }));
          const error: unknown = await clock.settle(
            probe().then(
              () => undefined,
              (reason: unknown) => reason,
            ),
          );
          expect(error === undefined || isMctpError(error)).toBe(true);
          expect(clock.now()).toBeLessThanOrEqual(1000);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('judging takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const { kind } = judgeResponse(bytes, { instanceId: 0, command: 2 });
        expect(kind === 'malformed').toBe(bytes.length < 4);
      }),
    );
  });
});
