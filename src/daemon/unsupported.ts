import type { DaemonConfig } from '../config/schema';

/**
 * What a configuration may ask for and this release does not do yet. Each becomes one warning at start, so that nobody
 * waits for something that never comes.
 */
export function unsupportedSettings(config: DaemonConfig): readonly string[] {
  const asked: readonly (readonly [boolean, string])[] = [
    [config.backend === 'kernel', 'backend = "kernel": links of the kernel (AF_MCTP) are not served yet'],
    [config.interfaces.length > 0, '[[interface]]: links of the kernel (AF_MCTP) are not served yet'],
  ];
  return asked.filter(([isAsked]) => isAsked).map(([, text]) => text);
}
