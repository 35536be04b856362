import type { Exchange, Incoming, Net, RequestOptions } from '../../src/core/net';
import { receivedFrom } from '../../src/client/received';
import { RequestHandle } from '../../src/client/request-handle';
import { TestClock, idle } from '../support/test-clock';
import { hex } from '../support/vectors';
import { failure } from './bench';

/** An exchange that a test answers, in the turn it likes. */
class FakeExchange implements Exchange {
  open = true;
  failure: Error | undefined;
  readonly released: ({ readonly quarantine?: boolean } | undefined)[] = [];
  private settle: ((incoming: Incoming | undefined) => void) | undefined;

  constructor(readonly tag: number) {}

  receive(): Promise<Incoming | undefined> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (!this.open) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.settle = resolve;
    });
  }
  interrupt(): void {
    this.settle?.(undefined);
  }
  resend(): Promise<void> {
    return Promise.resolve();
  }
  release(options?: { readonly quarantine?: boolean }): void {
    this.open = false;
    this.released.push(options);
    this.settle?.(undefined);
  }
  answer(text: string): void {
    this.open = false;
    this.settle?.(incoming(this.tag, hex(text)));
  }
}

function incoming(tag: number, bytes: Uint8Array): Incoming {
  return {
    ...{ network: 1, link: 1, source: 9, destination: 8, physical: new Uint8Array(0), localEid: 8 },
    ...{ tag, to: false, ic: false, type: 1, bytes },
  };
}

/** Takes tags at once, or when the test says so. */
class FakeNet {
  readonly exchanges: FakeExchange[] = [];
  private readonly late: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(private readonly isLate = false) {}

  request(_to: unknown, _message: Uint8Array, options: RequestOptions = {}): Promise<Exchange> {
    const exchange = new FakeExchange(this.exchanges.length);
    this.exchanges.push(exchange);
    if (this.isLate) {
      return new Promise((resolve, reject) => {
        this.late.push({ resolve: () => resolve(exchange), reject });
      });
    }
    options.accepted?.(exchange);
    return Promise.resolve(exchange);
  }

  accept(): void {
    for (const { resolve } of this.late.splice(0)) resolve();
  }

  refuse(): void {
    for (const { reject } of this.late.splice(0)) reject(new Error('not taken'));
  }
}

function handleOn(net: FakeNet, clock: TestClock, hold = false): RequestHandle {
  const destination = { kind: 'eid', network: 1, eid: 9 } as const;
  const used: Pick<Net, 'request'> = net;
  return new RequestHandle({ net: used, clock, destination, eid: 9, hold });
}

test('R-API-34 a second send before the answer to the first gives the first exchange up', async () => {
  const net = new FakeNet();
  const handle = handleOn(net, new TestClock());
  await handle.send(hex('01aa'));
  await handle.send(hex('01bb'));
  expect(net.exchanges.map(({ released }) => released.length)).toEqual([1, 0]);
  handle.close();
});

test('R-API-17 fault 5: an answer that comes in the turn of the next send is not that to the next', async () => {
  const net = new FakeNet();
  const handle = handleOn(net, new TestClock());
  await handle.send(hex('01aa'));
  const recv = handle.recv(0, {});
  net.exchanges[0]?.answer('0101');
  await handle.send(hex('01bb'));
  net.exchanges[1]?.answer('0102');
  expect((await recv).meta.msgTag).toBe(1);
  handle.close();
});

test('R-API-19 a tag that comes when its handle was dropped is quarantined at once', async () => {
  const net = new FakeNet(true);
  const handle = handleOn(net, new TestClock());
  const sending = handle.send(hex('01aa'));
  handle.close();
  net.accept();
  expect(await failure(sending)).toBe('ok');
  expect(net.exchanges[0]?.released).toEqual([{ quarantine: true }]);
});

test('R-API-16 a failure while the answer is awaited is told to each recv', async () => {
  const net = new FakeNet();
  const handle = handleOn(net, new TestClock());
  await handle.send(hex('01aa'));
  const [exchange] = net.exchanges;
  if (exchange !== undefined) exchange.failure = new Error('the socket broke');
  expect(await failure(handle.recv(0, {}))).toBe('InternalError');
  let outcome = 'none';
  void failure(handle.recv(0, {})).then((text) => {
    outcome = text;
  });
  await idle();
  expect(outcome).toBe('InternalError');
  handle.close();
});

test('R-API-4 what a client gets does not change when the stack uses its bytes again', () => {
  const bytes = hex('01aabb');
  const { payload } = receivedFrom(incoming(0, bytes));
  bytes.fill(0);
  expect(payload).toEqual(hex('aabb'));
  expect(payload.buffer.byteLength).toBe(2);
});

test('R-API-43 a held handle sends nothing while the tag of its last send is not known yet', async () => {
  const net = new FakeNet(true);
  const handle = handleOn(net, new TestClock(), true);
  const first = failure(handle.send(hex('04aa')));
  expect(await failure(handle.send(hex('04bb')))).toBe('BadArgument');
  net.refuse();
  expect(await first).toBe('InternalError');
  // What was refused holds nothing.
  const again = failure(handle.send(hex('04cc')));
  net.accept();
  expect(await again).toBe('ok');
  expect(net.exchanges).toHaveLength(2);
  handle.close();
});
