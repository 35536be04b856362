import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Timer } from '../base/clock';
import { describeError } from '../base/errors';
import { isEndpointEid } from '../base/ids';
import type { Log } from '../base/log';
import type { Memory } from '../discovery/memory/memory';
import { SNAPSHOT_VERSION, type Remembered } from '../discovery/snapshot';
import type { StateStorage } from '../files/state-storage';

/** Largest file that is read or written: some 25000 endpoints. */
const MAX_BYTES = 4 * 1024 * 1024;
/** How late what is not a reservation may be (D-8). */
const LATE_MS = 1000;
/** How long an assignment waits for a disk that does not answer. */
const PATIENCE_MS = 2000;
/** Pause before a write that failed is tried again without a change to write. */
const RETRY_MS = 30_000;

const eid = z.number().refine(isEndpointEid);
const pool = z.object({ start: eid, end: eid }).refine(({ start, end }) => start <= end);
const device = z.object({
  network: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  eid,
  link: z.string().min(1).max(64).optional(),
  address: z
    .string()
    .regex(/^([0-9a-f]{2}){0,32}$/)
    .optional(),
  behind: eid.optional(),
  uuid: z
    .string()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    .optional(),
  isBridge: z.boolean().optional(),
  pool: pool.optional(),
  offered: pool.optional(),
  poolless: z.boolean().optional(),
  askedPoolSize: z.number().int().min(0).max(255).optional(),
  missingSince: z.number().optional(),
});
const document = z.object({ version: z.literal(SNAPSHOT_VERSION), endpoints: z.array(device) });

export interface StateFileParts {
  readonly storage: StateStorage;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `state.json`: what was assigned, over restarts (D-8). Until {@link own} it is only read: another daemon may have it.
 * One write is in flight at a time; callers of one turn share it, callers during a write share the next one. Trouble
 * with the disk costs the memory, never the devices: one line in the log when it begins, one when it ends.
 */
export class StateFile implements Memory {
  readonly enabled = true;
  private readonly path: string;
  private loaded: readonly Remembered[] = [];
  private source: (() => readonly Remembered[]) | undefined;
  /** What the file holds, as far as we know. */
  private written: string | undefined;
  /** The write in flight; as good as one while the file is not ours. */
  private writing: Promise<void> | undefined;
  private allowWriting: (() => void) | undefined;
  /** Why what {@link load} found cannot be used. */
  private damage: { readonly cause: unknown } | undefined;
  private settingAside: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private timer: Timer | undefined;
  private failing = false;
  /** The write in flight takes longer than anybody should wait. */
  private stuck = false;
  private closed = false;

  constructor(
    directory: string,
    private readonly parts: StateFileParts,
  ) {
    this.path = join(directory, 'state.json');
    this.writing = new Promise((resolve) => (this.allowWriting = resolve));
  }

  /** Reads the file. One that is damaged is as good as none. */
  async load(): Promise<void> {
    try {
      const text = await this.parts.storage.read(this.path, MAX_BYTES);
      if (text === undefined) return;
      this.loaded = parse(text);
      this.written = text;
    } catch (cause) {
      this.damage = { cause };
    }
  }

  /** The file is ours, as the bus name is: what is damaged is set aside, and from now on it is written. */
  async own(): Promise<void> {
    if (this.damage !== undefined && !this.closed) {
      this.settingAside = this.setAside(this.damage.cause);
      await this.settingAside;
    }
    this.writing = undefined;
    this.allowWriting?.();
    this.allowWriting = undefined;
  }

  remembered(): readonly Remembered[] {
    return this.loaded;
  }

  follow(source: () => readonly Remembered[]): void {
    this.source = source;
  }

  async reserve(): Promise<void> {
    if (this.closed || this.stuck) return;
    const { clock } = this.parts;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimer(PATIENCE_MS, () => {
        this.stuck = this.writing !== undefined;
        this.failed(new Error(`nothing was written within ${PATIENCE_MS} ms`));
        resolve();
      });
    });
    await Promise.race([this.commit(), late]);
    timer?.cancel();
  }

  changed(): void {
    this.writeWithin(LATE_MS);
  }

  /** Writes what is outstanding, if the file is ours, then nothing any more. Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.timer?.cancel();
    this.timer = undefined;
    const isOurs = this.allowWriting === undefined;
    // Whoever waits for the file to be ours has nothing to write any more.
    if (!isOurs) this.source = undefined;
    const last = isOurs ? this.commit() : this.settingAside;
    this.closed = true;
    await last;
  }

  private writeWithin(ms: number): void {
    if (this.closed || this.timer !== undefined) return;
    this.timer = this.parts.clock.setTimer(ms, () => {
      this.timer = undefined;
      void this.commit();
    });
  }

  /** The commit that begins once the write in flight, if any, is done; everybody who comes until then shares it. */
  private commit(): Promise<void> {
    this.next ??= this.afterCurrent();
    return this.next;
  }

  private async afterCurrent(): Promise<void> {
    // With nothing in flight this is still one step, for callers of the same turn.
    await this.writing;
    this.next = undefined;
    this.timer?.cancel();
    this.timer = undefined;
    this.writing = this.write();
    await this.writing;
    this.writing = undefined;
  }

  /** Never rejects. */
  private async write(): Promise<void> {
    // Nobody has told yet what there is: the file is right as it is.
    if (this.source === undefined) return;
    try {
      const text = format(this.source());
      if (text === this.written) return;
      const size = Buffer.byteLength(text);
      if (size > MAX_BYTES) throw new Error(`${size} bytes are more than ${MAX_BYTES}`);
      // Until it is known what came of it, the file may hold either.
      this.written = undefined;
      await this.parts.storage.write(this.path, text);
      this.written = text;
      this.worked();
    } catch (error) {
      this.failed(error);
    } finally {
      this.stuck = false;
    }
  }

  private worked(): void {
    if (this.failing) this.parts.log.info('the state is written again', { file: this.path });
    this.failing = false;
  }

  private failed(error: unknown): void {
    if (!this.failing) {
      const text =
        'the state cannot be written: after a restart devices may get other EIDs; make room or the folder writable, ' +
        'or set state = false';
      this.parts.log.error(text, { file: this.path, cause: describeError(error) });
    }
    this.failing = true;
    this.writeWithin(RETRY_MS);
  }

  private async setAside(damage: unknown): Promise<void> {
    const { log, storage } = this.parts;
    const cause = describeError(damage);
    try {
      const setAside = await storage.setAside(this.path);
      const text =
        'the state file cannot be used and is set aside; devices that lost their EIDs may get others';
      log.error(text, { file: this.path, setAside, cause });
    } catch (error) {
      const text =
        'the state file can neither be used nor be set aside: nothing is remembered until its folder is one that can be ' +
        'written; mend it, name another with --state-dir, or set state = false';
      log.error(text, { file: this.path, cause, setAside: describeError(error) });
      // Said already: the writes that fail for the same reason are no news.
      this.failing = true;
    }
  }
}

/** @throws Error that says what is wrong, on one line */
function parse(text: string): readonly Remembered[] {
  const parsed = document.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.endpoints;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected content'}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message would quote the content, line breaks and all.
    throw new Error('it is not JSON; was it cut off or edited?');
  }
}

/** One endpoint on a line, for whoever looks into it. */
function format(endpoints: readonly Remembered[]): string {
  const lines = endpoints.map((each) => JSON.stringify(each));
  return `{"version":${SNAPSHOT_VERSION},"endpoints":[\n${lines.join(',\n')}\n]}\n`;
}
