import { describeError } from '../base/errors';
import type { Subscription } from '../base/events';
import type { Log } from '../base/log';
import type { Endpoint } from '../discovery/endpoint';
import type { Registry, RegistryEvent } from '../discovery/registry';

/** Hands over every event. A defect of the handler must not reach the engine, which is in the middle of something. */
export function followRegistry(
  registry: Registry,
  log: Log,
  handle: (event: RegistryEvent) => void,
): Subscription {
  return registry.events.on((event) => {
    try {
      handle(event);
    } catch (error) {
      log.error('not published', { operation: event.kind, cause: describeError(error) });
    }
  });
}

/**
 * Endpoints whose data path ends with this process, ours included (R-CONS-23). A network is served by one backend only,
 * which decides for what is behind bridges too.
 */
export function endpointsOfUserLinks(registry: Registry): readonly Endpoint[] {
  const networks = new Set(
    registry.links().flatMap(({ link }) => (link.backend === 'user' ? [link.network] : [])),
  );
  return registry.endpoints().filter(({ network }) => networks.has(network));
}
