import type { Incoming } from '../core/net';

const MAX_REQUESTS = 1024;
const MAX_BYTES = 1024 * 1024;

/**
 * The last requests that a client was given, by who sent them under which tag: a response goes back the way its request
 * came, from the EID that was asked, which EID and tag alone do not tell. One that is forgotten here is answered
 * through the route table.
 */
export class RecentRequests {
  /** In order of arrival. */
  private readonly requests = new Map<string, Incoming>();
  private bytes = 0;

  remember(request: Incoming): void {
    const key = keyOf(request.source, request.tag, request.type);
    this.forget(key);
    this.requests.set(key, request);
    this.bytes += request.bytes.length;
    for (const oldest of this.requests.keys()) {
      if (this.requests.size <= MAX_REQUESTS && this.bytes <= MAX_BYTES) return;
      this.forget(oldest);
    }
  }

  find(eid: number, tag: number, type: number): Incoming | undefined {
    return this.requests.get(keyOf(eid, tag, type));
  }

  private forget(key: string): void {
    this.bytes -= this.requests.get(key)?.bytes.length ?? 0;
    this.requests.delete(key);
  }
}

function keyOf(eid: number, tag: number, type: number): string {
  return `${eid}/${tag}/${type}`;
}
