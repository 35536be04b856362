import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock';
import { describeError } from '../base/errors';
import type { Log } from '../base/log';

/** Connections at once; the oldest makes room for a further one. Prometheus needs one. */
const CONNECTIONS = 32;
/** A request is one line and a few headers. */
const HEADER_BYTES = 8192;
/** Life of a connection, whatever its client does or does not do: as long as Prometheus waits for a page by default. */
const LIFE_MS = 10_000;

export interface ExpositionParts {
  readonly page: () => Promise<string>;
  readonly contentType: string;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

/**
 * Serves the metrics over HTTP (design decision D-17). Whoever connects is a stranger: each gets one answer on one
 * connection, which has an end, and nobody can hold all places against a scraper.
 */
export class Exposition {
  private readonly server: Server;
  /** Oldest first. */
  private readonly connections = new Map<Socket, Timer>();
  private rendering: Promise<string> | undefined;

  constructor(private readonly parts: ExpositionParts) {
    // Node's own limits wait by another clock (D-6) and leave a slow reader alone: one of ours takes their place.
    const limits = { maxHeaderSize: HEADER_BYTES, headersTimeout: 0, requestTimeout: 0 };
    this.server = createServer(limits, (request, response) => this.handle(request, response));
    this.server.maxRequestsPerSocket = 1;
    this.server.on('connection', (socket) => this.admit(socket));
  }

  /**
   * Begins to listen; the log tells when, and on which port (0 takes a free one). A port that cannot be had is an error
   * in the log and no more: devices are managed whether or not somebody watches.
   */
  open(listen: { readonly host: string; readonly port: number }): void {
    const { log } = this.parts;
    const { host, port } = listen;
    this.server.on('error', (error) => {
      const advice = 'no metrics are served; choose another [metrics] listen and start again';
      log.error(advice, { operation: 'listen', host, port, cause: describeError(error) });
    });
    this.server.listen({ host, port }, () => {
      log.info('metrics are served', { host, port: (this.server.address() as AddressInfo).port });
    });
  }

  /** At once: a scrape under way is cut off. Idempotent. */
  close(): void {
    this.server.close();
    for (const socket of this.connections.keys()) this.drop(socket);
  }

  private admit(socket: Socket): void {
    const [oldest] = this.connections.keys();
    if (oldest !== undefined && this.connections.size >= CONNECTIONS) this.drop(oldest);
    this.connections.set(
      socket,
      this.parts.clock.setTimer(LIFE_MS, () => this.drop(socket)),
    );
    socket.once('close', () => this.drop(socket));
  }

  private drop(socket: Socket): void {
    this.connections.get(socket)?.cancel();
    this.connections.delete(socket);
    socket.destroy();
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    // Nobody waits for the rest of a client that has gone.
    response.on('error', (error) => this.failed(error));
    const status = statusOf(request);
    if (status !== 200) {
      const allow = status === 405 ? { Allow: 'GET, HEAD' } : {};
      answer(response, { status, text: REASONS[status], headers: allow });
      return;
    }
    this.render().then(
      (text) => answer(response, { status, text, headers: { 'Content-Type': this.parts.contentType } }),
      (error: unknown) => {
        this.failed(error);
        answer(response, { status: 500, text: REASONS[500], headers: {} });
      },
    );
  }

  /** Scrapes at the same time share a page: a crowd costs no more than one. */
  private render(): Promise<string> {
    this.rendering ??= this.parts.page().finally(() => {
      this.rendering = undefined;
    });
    return this.rendering;
  }

  private failed(error: unknown): void {
    this.parts.log.debug('metrics not delivered', { cause: describeError(error) });
  }
}

const REASONS = {
  404: 'the metrics are at /metrics\n',
  405: 'only GET and HEAD\n',
  413: 'no request body is taken\n',
  500: 'the metrics could not be collected\n',
} as const;

function statusOf({ url = '', method, headers }: IncomingMessage): 200 | 404 | 405 | 413 {
  if (url.split('?', 1)[0] !== '/metrics') return 404;
  if (method !== 'GET' && method !== 'HEAD') return 405;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody ? 413 : 200;
}

function answer(
  response: ServerResponse,
  what: {
    readonly status: number;
    readonly text: string;
    readonly headers: Readonly<Record<string, string>>;
  },
): void {
  const { status, text, headers } = what;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
    ...headers,
  });
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(text);
}
