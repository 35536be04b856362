import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { isMctpError } from '../../src/base/errors';
import { LogFile } from '../../src/logging/log-file';
import { createLogger } from '../../src/logging/winston-logger';

const clock = { wallTime: () => 1_700_000_000_000 };
const MANY = 5000;

/** Takes one chunk a turn, as a pipe with a slow reader does. */
class SlowStream extends Writable {
  readonly lines: string[] = [];
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length > 0) this.lines.push(chunk.toString());
    setImmediate(done);
  }
}

describe('D-17 createLogger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctp-log-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the level decides what is written', async () => {
    const stream = new SlowStream();
    const log = createLogger({ level: 'warn', format: 'auto', stream, clock });
    log.debug('d');
    log.info('i');
    log.warn('w', { eid: 9 });
    log.error('e');
    await log.close();
    expect(stream.lines).toEqual(['<4>w eid=9\n', '<3>e\n']);
  });

  test('a terminal gets colours, json gets objects', async () => {
    const terminal = Object.assign(new SlowStream(), { isTTY: true });
    const log = createLogger({ level: 'debug', format: 'auto', stream: terminal, clock });
    log.debug('d');
    await log.close();
    expect(terminal.lines).toEqual(['22:13:20.000 \u001b[2mdebug\u001b[0m d\n']);
    const stream = new SlowStream();
    const json = createLogger({ level: 'info', format: 'json', stream, clock });
    json.info('m', { message: 'x', stack: 'y' });
    await json.close();
    expect(stream.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { time: '2023-11-14T22:13:20.000Z', level: 'info', message: 'm', message_: 'x', stack: 'y' },
    ]);
  });

  test('close loses nothing, comes twice, and ends logging', async () => {
    const stream = new SlowStream();
    const log = createLogger({ level: 'info', format: 'auto', stream, clock });
    for (let i = 0; i < MANY; i++) log.info(`line ${i}`);
    await Promise.all([log.close(), log.close()]);
    log.error('late');
    expect(stream.lines).toHaveLength(MANY);
    expect(stream.lines.at(-1)).toBe(`<6>line ${MANY - 1}\n`);
  });

  test('a file gets every line in order, and its descriptor is closed', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const file = join(folder, 'x.log');
    const log = createLogger({ level: 'info', format: 'auto', file, clock });
    for (let i = 0; i < MANY; i++) log.info(`line ${i}`);
    await log.close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(MANY);
    expect(lines[7]).toBe('2023-11-14T22:13:20.000Z info line 7');
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('a file that cannot be opened is a configuration error', () => {
    expect(() => createLogger({ level: 'info', format: 'auto', file: join(folder, 'no', 'x') })).toThrow(
      'log.file',
    );
    try {
      createLogger({ level: 'info', format: 'auto', file: folder });
    } catch (error) {
      expect(isMctpError(error, 'configuration')).toBe(true);
    }
    expect.assertions(2);
  });

  test('a closed stderr loses lines, not the process', async () => {
    const stream = new PassThrough();
    const log = createLogger({ level: 'info', format: 'auto', stream, clock });
    stream.destroy(new Error('EPIPE'));
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 100; i++) log.info('x');
    await log.close();
    expect(stream.destroyed).toBe(true);
  });

  test('a full disk loses lines, not the process', async () => {
    const log = createLogger({ level: 'info', format: 'auto', file: '/dev/full', clock });
    for (let i = 0; i < 100; i++) log.info('x');
    await expect(log.close()).resolves.toBeUndefined();
  });

  test('a file that takes lines again is told how many were lost', async () => {
    const path = join(folder, 'again.log');
    const file = LogFile.open(path, (lost) => `lost ${lost}\n`);
    const put = (text: string): Promise<void> =>
      new Promise((resolve) => {
        file.write(text, () => resolve());
      });
    const append = jest.spyOn(
      file as unknown as { append: (b: Buffer, done: (ok: boolean) => void) => void },
      'append',
    );
    append.mockImplementationOnce((_bytes, done) => done(false));
    append.mockImplementationOnce((_bytes, done) => done(false));
    for (const text of ['a\n', 'b\n', 'c\n', 'd\n']) await put(text);
    await new Promise<void>((resolve) => {
      file.end(() => resolve());
    });
    expect(readFileSync(path, 'utf8')).toBe('lost 2\nc\nd\n');
  });
});
