import type { Behaviour } from './behaviour';

/** Sends back what it is sent, for the message types that the scenario lists: something to talk to for any program. */
export const echo: Behaviour = (request, device) => {
  const type = (request[0] ?? 0) & 0x7f;
  return device.profile.echo.includes(type) ? Uint8Array.from(request) : undefined;
};
