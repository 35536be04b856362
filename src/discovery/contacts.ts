import { isMctpError, type MctpError } from '../base/errors';
import type { Destination } from '../core/net';
import type { EndpointStatus } from './operations';
import { addressKey, eidKey } from './peer';

/** Addresses without a peer that are remembered; the longest unused is forgotten first. */
const LIMIT = 2048;

interface Contact {
  requests: number;
  timeouts: number;
  roundTripMicroseconds: number;
  lastError: string;
  /** Clock milliseconds of the last exchange. */
  at: number;
}

/** How our control requests fared, by where they went: what `GetStatus` shows (R-DBUS-54). */
export class Contacts {
  private readonly entries = new Map<string, Contact>();

  /** @param begun, now clock milliseconds */
  answered(destination: Destination, begun: number, now: number): void {
    const contact = this.touch(destination, now);
    contact.requests++;
    contact.roundTripMicroseconds = Math.round((now - begun) * 1000);
  }

  failed(destination: Destination, error: MctpError, now: number): void {
    const contact = this.touch(destination, now);
    contact.requests++;
    if (isMctpError(error, 'no-response')) contact.timeouts++;
    contact.lastError = error.message;
  }

  /** Sum over the ways an endpoint is talked to: by EID, and by its physical address if it has one. */
  status(keys: readonly (string | undefined)[]): EndpointStatus {
    const contacts = keys
      .flatMap((key) => (key === undefined ? [] : (this.entries.get(key) ?? [])))
      .sort((a, b) => b.at - a.at);
    return {
      lastError: contacts.find((each) => each.lastError !== '')?.lastError ?? '',
      roundTripMicroseconds:
        contacts.find((each) => each.roundTripMicroseconds > 0)?.roundTripMicroseconds ?? 0,
      requests: contacts.reduce((sum, each) => sum + each.requests, 0),
      timeouts: contacts.reduce((sum, each) => sum + each.timeouts, 0),
    };
  }

  private touch(destination: Destination, now: number): Contact {
    const key = destinationKey(destination);
    const contact = this.entries.get(key) ?? {
      requests: 0,
      timeouts: 0,
      roundTripMicroseconds: 0,
      lastError: '',
      at: now,
    };
    contact.at = now;
    // Re-inserting keeps the map in order of last use.
    this.entries.delete(key);
    this.entries.set(key, contact);
    const [oldest] = this.entries.keys();
    if (this.entries.size > LIMIT && oldest !== undefined) this.entries.delete(oldest);
    return contact;
  }
}

function destinationKey(destination: Destination): string {
  switch (destination.kind) {
    case 'eid':
      return eidKey(destination.network, destination.eid);
    case 'physical':
      return addressKey(destination.link, destination.address);
    case 'broadcast':
      return `all/${destination.link}`;
  }
}
