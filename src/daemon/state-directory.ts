import { resolve } from 'node:path';

/** Where the state is kept by default (D-1); the package and the service make it. */
export const STATE_DIRECTORY = '/var/lib/mctp-endpointd';

/**
 * The folder of the state file: the one that is given, else the one systemd made (`StateDirectory=`), else the usual one.
 * @param given.isSystemBus a daemon on another bus is an experiment, and leaves the machine's state alone
 * @returns an absolute path; `undefined`: nothing is to be remembered
 */
export function stateDirectory(given: {
  readonly option?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isSystemBus: boolean;
}): string | undefined {
  if (given.option !== undefined) return resolve(given.option);
  // systemd may have made several, with colons between.
  const [made = ''] = (given.env['STATE_DIRECTORY'] ?? '').split(':');
  if (made.startsWith('/')) return made;
  return given.isSystemBus ? STATE_DIRECTORY : undefined;
}
