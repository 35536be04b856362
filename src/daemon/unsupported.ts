import type { DaemonConfig, LinkConfig } from '../config/schema';

/**
 * What a configuration may ask for and this release does not do yet. Each becomes one warning at start, so that nobody
 * waits for something that never comes.
 */
export function unsupportedSettings(config: DaemonConfig): readonly string[] {
  const asked: readonly (readonly [boolean, string])[] = [
    [config.backend === 'kernel', 'backend = "kernel": links of the kernel (AF_MCTP) are not served yet'],
    [config.interfaces.length > 0, '[[interface]]: links of the kernel (AF_MCTP) are not served yet'],
    [
      config.busOwner.endpointPollMs > 0,
      'bus-owner.endpoint_poll_ms: endpoints behind bridges are not polled yet',
    ],
    [config.dbus.legacyNames, 'dbus.legacy-names: the old names are not served yet'],
    [config.metrics.listen !== undefined, 'metrics.listen: metrics are not served yet'],
    ...config.links.map(
      (link) => [link.poolRequest > 0, `${where(link)}: pool_request is not served yet`] as const,
    ),
    ...config.links.map(
      (link) => [link.upstream !== undefined, `${where(link)}: upstream is not served yet`] as const,
    ),
    ...config.links.map(
      (link) => [link.role === 'Endpoint', `${where(link)}: role endpoint takes no EID yet`] as const,
    ),
  ];
  return asked.filter(([isAsked]) => isAsked).map(([, text]) => text);
}

function where(link: LinkConfig): string {
  return `link ${link.name}`;
}
