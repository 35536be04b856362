import type { Net } from '../core/net';
import type { Endpoint } from '../discovery/endpoint';
import type { Operations } from '../discovery/operations';
import type { Registry, RegistryLink } from '../discovery/registry';

/** What the handlers call. */
export interface Services {
  readonly registry: Registry;
  readonly operations: Operations;
  readonly net: Net;
}

/** One link object. The publisher keeps `current` right. */
export interface LinkSubject {
  readonly services: Services;
  current: RegistryLink;
}

export interface NetworkSubject {
  readonly services: Services;
  readonly network: number;
}

/** One endpoint object. The publisher keeps `current` right. */
export interface EndpointSubject {
  readonly services: Services;
  current: Endpoint;
  /** UUID to show; `undefined`: the object has no UUID interface. */
  readonly uuid: string | undefined;
}
