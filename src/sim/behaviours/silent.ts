import type { Behaviour } from './behaviour';

/** A dead device, or one that is not ready yet: hears everything, says nothing. */
export const silent: Behaviour = (_request, device) => {
  const { profile } = device;
  return profile.silent || device.now() < profile.readyAfterMs ? 'silence' : undefined;
};
