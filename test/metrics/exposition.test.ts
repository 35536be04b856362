import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import type { Log, LogFields } from '../../src/base/log';
import { nullLog } from '../../src/base/log';
import { Exposition } from '../../src/metrics/exposition';
import { expectNothingLeft } from '../support/leftovers';
import { TestClock } from '../support/test-clock';
import { eventually, within } from '../support/within';

expectNothingLeft();

const PAGE = 'mctp_test 1\n';
const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
const UNFINISHED = 'GET /metrics HTTP/1.1\r\nHost:';
const LIFE_MS = 10_000;

/** A page on a free port, and how often it was made. */
class Page implements Disposable {
  made = 0;
  port = 0;
  readonly clock = new TestClock();
  private host = '';
  readonly errors: LogFields[] = [];
  private readonly exposition: Exposition;

  constructor(page: () => Promise<string> = () => Promise.resolve(PAGE)) {
    const log: Log = {
      ...nullLog,
      info: (_, fields) => (this.port = Number(fields?.['port'])),
      error: (_, fields = {}) => this.errors.push(fields),
    };
    const counted = (): Promise<string> => {
      this.made += 1;
      return page();
    };
    const contentType = 'text/plain; version=0.0.4';
    this.exposition = new Exposition({ page: counted, contentType, clock: this.clock, log });
  }

  async listen(host = '127.0.0.1', port = 0): Promise<this> {
    this.host = host;
    this.exposition.open({ host, port });
    await eventually('the port or an error', () => this.port > 0 || this.errors.length > 0);
    return this;
  }

  /** Resolves once the server knows of the connection: each one has its timer. */
  async connect(sent: string): Promise<Socket> {
    const already = this.clock.timers;
    const socket = connect({ port: this.port, host: this.host });
    // A reset is one of the ways in which a connection may end.
    socket.on('error', () => undefined);
    socket.write(sent);
    await eventually('the connection', () => this.clock.timers > already);
    return socket;
  }

  /** All that comes back for some bytes, until the server closes. */
  async raw(request: string): Promise<string> {
    const socket = connect({ port: this.port, host: this.host });
    socket.write(request);
    return await within('the end of the connection', text(socket));
  }

  close(): void {
    this.exposition.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

test.each([
  ['GET /metrics', 'HTTP/1.1 200', PAGE],
  ['GET /metrics?a=b', 'HTTP/1.1 200', PAGE],
  ['HEAD /metrics', 'HTTP/1.1 200', ''],
  ['GET /', 'HTTP/1.1 404', 'the metrics are at /metrics\n'],
  ['GET /metrics/../etc', 'HTTP/1.1 404', 'the metrics are at /metrics\n'],
  ['POST /metrics', 'HTTP/1.1 405', 'only GET and HEAD\n'],
])('D-17 %s is answered with %s, and the connection ends', async (line, status, body) => {
  using page = await new Page().listen();
  const answer = await page.raw(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
  expect(answer.slice(0, status.length)).toBe(status);
  expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(body);
});

test.each([
  ['junk', '\0\x01\x02 junk\r\n\r\n', 'HTTP/1.1 400'],
  ['too many headers', `GET /metrics HTTP/1.1\r\nA: ${'a'.repeat(9000)}\r\n\r\n`, 'HTTP/1.1 431'],
  ['a body', 'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc', 'HTTP/1.1 413'],
])('D-17 %s is refused, and the next scrape is served', async (_, bytes, status) => {
  using page = await new Page().listen();
  expect((await page.raw(bytes)).slice(0, status.length)).toBe(status);
  expect(page.made).toBe(0);
  expect(await page.raw(SCRAPE)).toContain(PAGE);
});

test('D-17 requests behind the first of a connection are not served', async () => {
  using page = await new Page().listen();
  const answer = await page.raw(SCRAPE.repeat(50));
  expect(answer.split(PAGE)).toHaveLength(2);
  expect(page.made).toBe(1);
});

test('D-17 a page that cannot be made is a 500', async () => {
  using page = await new Page(() => Promise.reject(new Error('a defect'))).listen();
  expect(await page.raw(SCRAPE)).toMatch(/^HTTP\/1\.1 500/);
});

test('D-17 a hundred scrapes at once: 32 are served with one page, the others are turned away', async () => {
  let resolve: (page: string) => void = () => undefined;
  const held = new Promise<string>((settle) => (resolve = settle));
  using page = await new Page(() => held).listen();
  const answers: string[] = [];
  const scrape = async (): Promise<void> => {
    const answer = await page.raw(SCRAPE).catch(() => 'refused');
    answers.push(answer);
  };
  const all = Promise.all(Array.from({ length: 100 }, scrape));
  await eventually('the others', () => answers.length === 68 && page.made > 0);
  resolve(PAGE);
  await all;
  expect(answers.filter((answer) => answer.endsWith(PAGE))).toHaveLength(32);
  expect(page.made).toBe(1);
  expect(page.clock.timers).toBe(0);
});

test.each([
  ['says nothing', ''],
  ['never ends its request', UNFINISHED],
  ['never reads the answer', SCRAPE],
])('D-17 D-6 a client that %s is cut off after ten seconds', async (_, sent) => {
  // More than what the buffers of two sockets take.
  const long = 'x'.repeat(16 * 1024 * 1024);
  using page = await new Page(() => Promise.resolve(long)).listen();
  const socket = await page.connect(sent);
  await page.clock.advance(LIFE_MS - 1);
  expect(page.clock.timers).toBe(1);
  await page.clock.advance(1);
  expect(page.clock.timers).toBe(0);
  expect((await within('the cut', rest(socket))).length).toBeLessThan(long.length);
});

test('D-17 slow clients that hold all places give the oldest one to a scraper', async () => {
  using page = await new Page().listen();
  const slow: Socket[] = [];
  while (slow.length < 32) slow.push(await page.connect(UNFINISHED));
  const [oldest, ...others] = slow;
  expect(await page.raw(SCRAPE)).toContain(PAGE);
  await eventually('the cut', () => oldest?.closed);
  expect(others.filter(({ closed }) => closed)).toEqual([]);
  page.close();
  await eventually('the end of all', () => others.every(({ closed }) => closed));
});

test('D-11 a client that never ends its request does not hold the end up', async () => {
  using page = await new Page().listen();
  const slow = await page.connect(UNFINISHED);
  page.close();
  expect(page.clock.timers).toBe(0);
  await within('the cut', once(slow, 'close'));
});

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

(hasIpv6 ? test : test.skip)('D-17 an address of IPv6 is listened on as well', async () => {
  using page = await new Page().listen('::1');
  expect(await page.raw(SCRAPE)).toContain(PAGE);
});

test('D-17 a port that is taken is an error in the log, and no more', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  using page = await new Page().listen('127.0.0.1', port);
  expect(page.errors).toEqual([
    expect.objectContaining({
      host: '127.0.0.1',
      port,
      cause: expect.stringContaining('EADDRINUSE') as string,
    }),
  ]);
  holder.close();
});

/** What is still to come, until the connection ends in whatever way. */
async function rest(socket: Socket): Promise<string> {
  let told = '';
  socket.on('data', (bytes) => (told += bytes.toString('latin1')));
  if (!socket.closed) await once(socket, 'close');
  return told;
}
