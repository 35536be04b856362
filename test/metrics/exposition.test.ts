import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Log, LogFields } from '../../src/base/log';
import { nullLog } from '../../src/base/log';
import { Exposition } from '../../src/metrics/exposition';
import { expectNothingLeft } from '../support/leftovers';
import { eventually, within } from '../support/within';

expectNothingLeft();

const PAGE = 'mctp_test 1\n';

/** A page on a free port, and how often it was made. */
class Page implements Disposable {
  made = 0;
  port = 0;
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
    this.exposition = new Exposition({ page: counted, contentType: 'text/plain; version=0.0.4', log });
  }

  async listen(host = '127.0.0.1', port = 0): Promise<this> {
    this.exposition.open({ host, port });
    await eventually('the port or an error', () => this.port > 0 || this.errors.length > 0);
    return this;
  }

  /** All that comes back for some bytes, until the server closes. */
  async raw(request: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
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
  expect(await page.raw('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')).toContain(PAGE);
});

test('D-17 requests behind the first of a connection are not served', async () => {
  using page = await new Page().listen();
  const answer = await page.raw('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50));
  expect(answer.split(PAGE)).toHaveLength(2);
  expect(page.made).toBe(1);
});

test('D-17 a page that cannot be made is a 500', async () => {
  using page = await new Page(() => Promise.reject(new Error('a defect'))).listen();
  expect(await page.raw('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 500/);
});

test('D-17 a hundred scrapes at once: 32 are served with one page, the others are turned away', async () => {
  let resolve: (page: string) => void = () => undefined;
  const held = new Promise<string>((settle) => (resolve = settle));
  using page = await new Page(() => held).listen();
  const answers: string[] = [];
  const scrape = async (): Promise<void> => {
    const answer = await page.raw('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n').catch(() => 'refused');
    answers.push(answer);
  };
  const all = Promise.all(Array.from({ length: 100 }, scrape));
  await eventually('the others', () => answers.length === 68 && page.made > 0);
  resolve(PAGE);
  await all;
  expect(answers.filter((answer) => answer.endsWith(PAGE))).toHaveLength(32);
  expect(page.made).toBe(1);
});

test('D-11 a client that never ends its request does not hold the end up', async () => {
  using page = await new Page().listen();
  const slow = connect(page.port, '127.0.0.1');
  slow.on('error', () => undefined);
  await once(slow, 'connect');
  slow.write('GET /metrics HTTP/1.1\r\nHost:');
  const closed = new Promise((resolve) => slow.once('close', resolve));
  page.close();
  await within('the cut', closed);
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
