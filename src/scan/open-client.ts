import { Iface, ROOT_PATH, SERVICE_NAME } from '../base/bus-names';
import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import { connectClient } from '../client/connect-client';
import { connectKernelClient, type KernelClientOptions } from '../client/kernel-client';
import type { ClosableClient } from '../client/mctp-client';
import { isBusFailureOf, type BusCaller } from './bus-caller';
import type { EndpointRecord } from './records';
import { asText, unwrap } from './values';

/**
 * A client in the endpoint's network, of the kind that carries its messages. Every client of a found endpoint is made
 * here.
 * @throws MctpError `not-supported` where the daemon has no socket; ClientError `InternalError` when nobody listens
 *   there, the kernel has no MCTP or we are not allowed, `BadArgument` when the network has gone; the error of the bus
 */
export async function openClient(
  bus: BusCaller,
  { network, eid, transport }: EndpointRecord,
  clock: Clock,
  connectKernel: (options: KernelClientOptions) => Promise<ClosableClient> = connectKernelClient,
): Promise<ClosableClient> {
  if (transport === 'kernel') return connectKernel({ network, clock });
  const socket = await clientSocket(bus);
  if (socket === '') {
    const text = 'the daemon has no client socket; its log says why';
    throw new MctpError('not-supported', text, { network, eid });
  }
  return connectClient({ socket, network, clock });
}

/** `ClientSocket` of R-DBUS-51, `@` for the NUL; empty where there is none. */
export async function clientSocket(bus: BusCaller): Promise<string> {
  try {
    const [value] = await bus.call({
      destination: SERVICE_NAME,
      path: ROOT_PATH,
      iface: Iface.properties,
      member: 'Get',
      signature: 'ss',
      body: [Iface.ownManager, 'ClientSocket'],
    });
    return asText(unwrap(value)) ?? '';
  } catch (error) {
    // A release without it (R-DBUS-50).
    if (isBusFailureOf(error, 'UnknownInterface', 'UnknownProperty', 'InvalidArgs')) return '';
    throw error;
  }
}
